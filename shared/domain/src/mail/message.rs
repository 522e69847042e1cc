//! Messages between functions: ids only, never personal data.

use serde::{Deserialize, Serialize};

use crate::{
    DeletionId, ExportId, FraudSweepId, InviteId, MessageId, OrganisationId, ShareLinkId, UserId,
    mail::{BounceType, Feedback, Template},
};

/// What a queue carries. The tag is part of the contract between versions: a message with an
/// unknown tag ends in the dead-letter queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Message {
    /// Send an email to a user.
    Mail {
        /// Message id, which identifies redeliveries.
        id: MessageId,
        /// User id of the recipient.
        user: UserId,
        /// Template of the email.
        template: Template,
        /// The resource that the email is about, if any.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        about: Option<About>,
    },
    /// Send an email to an invitee without an account. The invitation contains the address.
    Invitation {
        /// Message id, which identifies redeliveries.
        id: MessageId,
        /// The organisation.
        organisation: OrganisationId,
        /// The invitation.
        invite: InviteId,
    },
    /// A bounce, complaint or rejection of an email. EventBridge creates it from the event of
    /// Amazon SES, so its form is part of the template too.
    MailFeedback {
        /// The email, as it was tagged when it was sent.
        id: MessageId,
        /// The recipient; `None` when the address had no account.
        #[serde(with = "tagged_user")]
        user: Option<UserId>,
        /// The digest of the address.
        address: String,
        /// Kind of event.
        event: Feedback,
        /// Type of the bounce.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        bounce: Option<BounceType>,
    },
    /// Work on an export job.
    Export {
        /// The job.
        job: ExportId,
    },
    /// Scan one account for fraud.
    FraudScan {
        /// User id of the account.
        user: UserId,
    },
    /// Scan every account for fraud.
    FraudSweep {
        /// Job id of the scan.
        job: FraudSweepId,
    },
    /// Work on a deletion request.
    Deletion {
        /// The request.
        request: DeletionId,
    },
}

/// The resource that an email is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// A deletion request.
    Deletion(DeletionId),
    /// An export job.
    Export(ExportId),
    /// A share link.
    ShareLink(ShareLinkId),
    /// A sign-in.
    Session(crate::SessionId),
    /// A verification.
    Verification(crate::VerificationId),
    /// An invitation to an organisation.
    Invite {
        /// The organisation.
        organisation: OrganisationId,
        /// The invitation.
        invite: InviteId,
    },
}

/// The queues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Queue {
    /// Emails.
    Mail,
    /// Export jobs.
    Export,
    /// Deletion requests.
    Deletion,
    /// Background work.
    Bulk,
}

impl Message {
    /// The queue that carries the message.
    pub const fn queue(&self) -> Queue {
        match self {
            Self::Mail { .. } | Self::Invitation { .. } | Self::MailFeedback { .. } => Queue::Mail,
            Self::Export { .. } => Queue::Export,
            Self::Deletion { .. } => Queue::Deletion,
            Self::FraudScan { .. } | Self::FraudSweep { .. } => Queue::Bulk,
        }
    }
}

/// The tag of an email to an address without an account: a tag cannot be empty.
pub const NO_USER: &str = "none";

/// Serialises a user as the tag of an email.
mod tagged_user {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use super::{NO_USER, UserId};

    pub(super) fn serialize<S: Serializer>(
        user: &Option<UserId>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match user {
            Some(user) => serializer.collect_str(user),
            None => serializer.serialize_str(NO_USER),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<UserId>, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            NO_USER => Ok(None),
            id => id.parse().map(Some).map_err(|_| D::Error::custom("not the id of a user")),
        }
    }
}
