//! Messages between functions: ids only, never personal data.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    BroadcastId, BulkJobId, DeletionId, ExportId, FraudScanId, InviteId, MessageId, OrganisationId,
    RequestId, ShareLinkId, UserId,
    mail::{BounceType, Feedback, Template},
};

/// What a queue carries. The tag is part of the contract between versions: on a queue, a message
/// with an unknown tag ends in the dead-letter queue; in the outbox, it waits for the release that
/// knows it.
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
    #[serde(rename = "fraud_sweep")]
    FullFraudScan {
        /// Job id of the scan.
        job: FraudScanId,
    },
    /// Send a broadcast.
    Broadcast {
        /// The broadcast.
        job: BroadcastId,
    },
    /// Change many users.
    Bulk {
        /// The job.
        job: BulkJobId,
    },
    /// Work on a deletion request.
    Deletion {
        /// The request.
        request: DeletionId,
    },
    /// A message of another release, or an invalid one.
    #[serde(untagged)]
    Unknown(Value),
}

/// A message as its queue carries it: its fields, and the request that sent it.
///
/// The request id is one more field beside those of the message, which releases before this one
/// ignore, and which their messages lack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    /// The message.
    #[serde(flatten)]
    pub message: Message,
    /// The request, or the run of a job, that sent it; `None` if an earlier release or EventBridge
    /// did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub request_id: Option<RequestId>,
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
    /// A report.
    Report(crate::ReportId),
    /// An application.
    Application(crate::ApplicationId),
    /// A reply to an application.
    Reply {
        /// The application.
        application: crate::ApplicationId,
        /// The reply.
        reply: crate::ReplyId,
    },
    /// Content of the user.
    Content(crate::content::ContentId),
    /// An invitation to an organisation.
    Invite {
        /// The organisation.
        organisation: OrganisationId,
        /// The invitation.
        invite: InviteId,
    },
    /// A storage bucket.
    Bucket(crate::BucketId),
    /// An email that staff wrote.
    Written(MessageId),
    /// A resource of a kind that only a later release knows.
    #[serde(untagged)]
    Unknown(Value),
}

/// The queues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

impl Queue {
    /// The name of the queue, for logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Export => "export",
            Self::Deletion => "deletion",
            Self::Bulk => "bulk",
        }
    }
}

impl Message {
    /// The kind of the message, for logs; the same as its tag.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Mail { .. } => "mail",
            Self::Invitation { .. } => "invitation",
            Self::MailFeedback { .. } => "mail_feedback",
            Self::Export { .. } => "export",
            Self::FraudScan { .. } => "fraud_scan",
            Self::FullFraudScan { .. } => "fraud_sweep",
            Self::Broadcast { .. } => "broadcast",
            Self::Bulk { .. } => "bulk",
            Self::Deletion { .. } => "deletion",
            Self::Unknown(_) => "unknown",
        }
    }

    /// The queue that carries the message; `None` for a message that this release does not know.
    pub const fn queue(&self) -> Option<Queue> {
        Some(match self {
            Self::Mail { .. } | Self::Invitation { .. } | Self::MailFeedback { .. } => Queue::Mail,
            Self::Export { .. } => Queue::Export,
            Self::Deletion { .. } => Queue::Deletion,
            Self::FraudScan { .. }
            | Self::FullFraudScan { .. }
            | Self::Broadcast { .. }
            | Self::Bulk { .. } => Queue::Bulk,
            Self::Unknown(_) => return None,
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: &str = "req_01ARZ3NDEKTSV4RRFFQ69G5FAV";

    /// A message of every kind, as the release 0.1.0 sent it.
    const SENT: [&str; 9] = [
        r#"{"type":"mail","id":"msg_01ARZ3NDEKTSV4RRFFQ69G5FAV","user":"usr_01ARZ3NDEKTSV4RRFFQ69G5FAV","template":"export-ready","about":{"export":"exp_01ARZ3NDEKTSV4RRFFQ69G5FAV"}}"#,
        r#"{"type":"mail","id":"msg_01ARZ3NDEKTSV4RRFFQ69G5FAV","user":"usr_01ARZ3NDEKTSV4RRFFQ69G5FAV","template":"invitation","about":{"invite":{"organisation":"org_01ARZ3NDEKTSV4RRFFQ69G5FAV","invite":"inv_01ARZ3NDEKTSV4RRFFQ69G5FAV"}}}"#,
        r#"{"type":"invitation","id":"msg_01ARZ3NDEKTSV4RRFFQ69G5FAV","organisation":"org_01ARZ3NDEKTSV4RRFFQ69G5FAV","invite":"inv_01ARZ3NDEKTSV4RRFFQ69G5FAV"}"#,
        r#"{"type":"mail_feedback","id":"msg_01ARZ3NDEKTSV4RRFFQ69G5FAV","user":"none","address":"abc","event":"Bounce","bounce":"Permanent"}"#,
        r#"{"type":"mail_feedback","id":"msg_01ARZ3NDEKTSV4RRFFQ69G5FAV","user":"usr_01ARZ3NDEKTSV4RRFFQ69G5FAV","address":"abc","event":"Complaint"}"#,
        r#"{"type":"export","job":"exp_01ARZ3NDEKTSV4RRFFQ69G5FAV"}"#,
        r#"{"type":"fraud_scan","user":"usr_01ARZ3NDEKTSV4RRFFQ69G5FAV"}"#,
        r#"{"type":"fraud_sweep","job":"swp_01ARZ3NDEKTSV4RRFFQ69G5FAV"}"#,
        r#"{"type":"deletion","request":"del_01ARZ3NDEKTSV4RRFFQ69G5FAV"}"#,
    ];

    #[test]
    fn a_message_of_the_first_release_is_read_and_has_no_request_id() {
        for body in SENT {
            let read: Envelope = serde_json::from_str(body).unwrap();
            assert_eq!(read.request_id, None, "{body}");
            assert_eq!(serde_json::to_string(&read).unwrap(), body, "written as it was read");
        }
    }

    #[test]
    fn the_request_id_is_a_field_that_the_first_release_ignores() {
        for body in SENT {
            let sent = Envelope {
                request_id: REQUEST.parse().ok(),
                ..serde_json::from_str(body).unwrap()
            };
            let text = serde_json::to_string(&sent).unwrap();
            assert!(text.ends_with(&format!(r#","requestId":"{REQUEST}"}}"#)), "{text}");
            assert_eq!(serde_json::from_str::<Envelope>(&text).unwrap(), sent);
            // That release parses the text as the message alone.
            assert_eq!(serde_json::from_str::<Message>(&text).unwrap(), sent.message);
        }
    }

    #[test]
    fn the_kind_of_a_message_is_its_tag() {
        for body in SENT {
            let message: Message = serde_json::from_str(body).unwrap();
            assert!(body.starts_with(&format!(r#"{{"type":"{}","#, message.kind())), "{body}");
        }
    }
}
