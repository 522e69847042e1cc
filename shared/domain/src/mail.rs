//! Emails: the templates, and the log of sent emails with their delivery status.

pub mod broadcast;
pub mod content;
pub mod message;
pub mod saved_template;

use serde::{Deserialize, Serialize};

use crate::{MessageId, RequestId, Timestamp, stored_enum::stored_enum, time::DAY};

macro_rules! templates {
    ($($name:ident = $text:literal, $about:literal;)*) => {
        stored_enum! {
            /// Email template.
            #[derive(PartialOrd, Ord)]
            pub enum Template { $(#[doc = $about] $name = $text,)* }
        }

        impl Template {
            /// When the email is sent, in a sentence.
            pub const fn about(self) -> &'static str {
                match self {
                    $(Template::$name => $about,)*
                    Template::Unknown(_) => "An email of a later release.",
                }
            }
        }
    };
}

templates! {
    VerifyEmail = "verify-email", "After registration, with a link to confirm the email address.";
    Welcome = "welcome", "After staff or another service created the account, with a link to choose a password if there is none.";
    PasswordReset = "password-reset", "On request of a password reset, with a link to choose a new password.";
    PasswordResetForced = "password-reset-forced", "When staff force a password reset, with a link to choose a new password.";
    PasswordChanged = "password-changed", "After a change of password.";
    AddressChanged = "address-changed", "After a change of email address, to the previous address.";
    TwoFactorEnabled = "two-factor-enabled", "After a second factor was turned on.";
    NewDevice = "new-device", "After a sign-in from a device not seen before.";
    AccountSuspended = "account-suspended", "After a ban or suspension, if staff chose to notify the user.";
    AccountRestored = "account-restored", "After a ban or suspension was lifted.";
    DeletionRequested = "deletion-requested", "After a deletion request, with the due date and a link to cancel it.";
    DeletionCancelled = "deletion-cancelled", "After a deletion was cancelled.";
    ExportReady = "export-ready", "When an export that the user requested is ready.";
    VerificationApproved = "verification-approved", "After staff approved an identity or student verification.";
    VerificationRejected = "verification-rejected", "After staff rejected a verification, with the reason and how to submit a new one.";
    AccountWarned = "account-warned", "When staff warn a user about a report, with the reason.";
    ApplicationUpdated = "application-updated", "When staff begin to review an application, and when they decide it.";
    ApplicationReply = "application-reply", "After staff replied to an application, with the reply.";
    ContentRemoved = "content-removed", "After staff removed content, if they chose to notify the owner.";
    BucketCredentials = "bucket-credentials", "After staff assigned a storage bucket, with a link that shows its credentials once.";
    Invitation = "invitation", "When a user is invited to an organisation, and when the invitation is sent again.";
    Message = "message", "When staff send an email to individual users.";
    Broadcast = "broadcast", "When staff send an email to many users.";
}

stored_enum! {
    /// Delivery status of an email.
    #[derive(PartialOrd, Ord)]
    pub enum MailStatus {
        /// Waiting to be sent.
        Queued = "queued",
        /// Accepted by the transport.
        Sent = "sent",
        /// Not sent: refused for good, or its address is suppressed.
        Failed = "failed",
        /// It came back; `bounceType` says whether for good.
        Bounced = "bounced",
        /// The recipient reported it as spam.
        Complained = "complained",
        /// Given to the transport, which did not confirm it. It is not sent again.
        Unconfirmed = "unconfirmed",
    }
}

stored_enum! {
    /// Whether a bounce is for good, in the words of Amazon SES.
    #[derive(PartialOrd, Ord)]
    pub enum BounceType {
        /// The address does not exist or refuses all email.
        Permanent = "Permanent",
        /// The mailbox was full or its server out of reach, for as long as SES tried.
        Transient = "Transient",
        /// The server's answer does not say; treated as transient.
        Undetermined = "Undetermined",
    }
}

stored_enum! {
    /// An event that the transport reports about an accepted email, in the terms of Amazon SES.
    pub enum Feedback {
        /// It bounced.
        Bounce = "Bounce",
        /// The recipient reported it as spam.
        Complaint = "Complaint",
        /// It was not delivered, because it contained a virus.
        Reject = "Reject",
    }
}

stored_enum! {
    /// Why no more email is sent to an address.
    #[derive(PartialOrd, Ord)]
    pub enum SuppressionReason {
        /// An email to it bounced for good, or several in a row bounced.
        Bounce = "bounce",
        /// Somebody who reads it reported an email as spam.
        Complaint = "complaint",
    }
}

/// The bounce record of an address.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AddressRecord {
    /// Why the address is suppressed; absent while there were only transient bounces.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<SuppressionReason>,
    /// Time of the first bounce.
    pub since: Timestamp,
    /// Number of transient bounces.
    #[serde(default)]
    pub soft_bounces: u32,
    /// Time at which the record expires, in seconds (TTL).
    pub ttl: i64,
}

/// After this number of transient bounces, none more than [`SOFT_BOUNCE_MEMORY`] after the previous
/// one, an address is suppressed as after one permanent bounce.
pub const MAX_SOFT_BOUNCES: u32 = 5;
/// How long a transient bounce is remembered, in milliseconds.
pub const SOFT_BOUNCE_MEMORY: i64 = 30 * DAY;
/// How long an address stays suppressed, in milliseconds. Mailboxes can return, and the digest of
/// an address is not kept forever.
pub const SUPPRESSION_LIFE: i64 = 365 * DAY;

impl AddressRecord {
    /// Why no broadcast is sent to the address now; `None` if any email may be sent. After a
    /// complaint, other emails are still sent.
    pub fn suppressed(&self, now: Timestamp) -> Option<SuppressionReason> {
        if self.ttl <= now.seconds() {
            return None;
        }
        self.reason.or((self.soft_bounces >= MAX_SOFT_BOUNCES).then_some(SuppressionReason::Bounce))
    }
}

/// An email in the log, stored in the partition of its recipient or under the digest of an address
/// without an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mail {
    /// Id of the message that caused the email.
    pub id: MessageId,
    /// Email address of the recipient.
    pub to: String,
    /// Template.
    pub template: Template,
    /// The subject line.
    pub subject: String,
    /// Text of the email; stored only where emails are captured instead of sent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub body: Option<String>,
    /// Delivery status.
    pub status: MailStatus,
    /// The transport's own message id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub transport_id: Option<String>,
    /// Reason for the failure.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
    /// Time of creation.
    pub created_at: Timestamp,
    /// Time at which the transport accepted the email.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sent_at: Option<Timestamp>,
    /// Whether the bounce is permanent, if the email bounced.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bounce_type: Option<BounceType>,
    /// Time at which the bounce, complaint or rejection was reported.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reported_at: Option<Timestamp>,
    /// The request that caused the email; absent if a release before this one stored it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub request_id: Option<RequestId>,
}

impl Mail {
    /// Creates a queued email; its text is rendered when it is sent.
    pub fn queued(
        id: MessageId,
        to: impl Into<String>,
        template: Template,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            to: to.into(),
            template,
            subject: template.subject().to_owned(),
            body: None,
            status: MailStatus::Queued,
            transport_id: None,
            error: None,
            created_at: now,
            sent_at: None,
            bounce_type: None,
            reported_at: None,
            request_id: None,
        }
    }
}

impl Template {
    /// The title of the template, for staff.
    pub const fn title(self) -> &'static str {
        match self {
            Self::VerifyEmail => "Email address confirmation",
            Self::Welcome => "Welcome",
            Self::PasswordReset => "Password reset",
            Self::PasswordResetForced => "Password reset by staff",
            Self::PasswordChanged => "Password changed",
            Self::AddressChanged => "Address changed",
            Self::TwoFactorEnabled => "Second factor turned on",
            Self::NewDevice => "Sign-in from a new device",
            Self::AccountSuspended => "Account suspended",
            Self::AccountRestored => "Account restored",
            Self::DeletionRequested => "Deletion requested",
            Self::DeletionCancelled => "Deletion cancelled",
            Self::ExportReady => "Export ready",
            Self::VerificationApproved => "Verification approved",
            Self::VerificationRejected => "Verification rejected",
            Self::AccountWarned => "Warning",
            Self::ApplicationUpdated => "Application updated",
            Self::ApplicationReply => "Reply to an application",
            Self::ContentRemoved => "Content removed",
            Self::BucketCredentials => "Storage bucket",
            Self::Invitation => "Invitation to an organisation",
            Self::Message => "Message from staff",
            Self::Broadcast => "Broadcast",
            Self::Unknown(name) => name.as_str(),
        }
    }

    /// The subject line in English, for the log until the email is written.
    pub const fn subject(self) -> &'static str {
        match self {
            Self::VerifyEmail => "Welcome! Please confirm your email address",
            Self::Welcome => "Welcome! Your account is ready",
            Self::PasswordReset => "Reset your password",
            Self::PasswordResetForced => "Please choose a new password",
            Self::PasswordChanged => "Your password has been changed",
            Self::AddressChanged => "Your email address has been changed",
            Self::TwoFactorEnabled => "Two-factor authentication is on",
            Self::NewDevice => "New sign-in to your account",
            Self::AccountSuspended => "Your account has been suspended",
            Self::AccountRestored => "Your account has been restored",
            Self::DeletionRequested => "Your account is scheduled for deletion",
            Self::DeletionCancelled => "The deletion of your account has been cancelled",
            Self::ExportReady => "Your data export is ready",
            Self::VerificationApproved => "Your verification has been approved",
            Self::VerificationRejected => "Your verification was not approved",
            Self::AccountWarned => "A warning about your account",
            Self::ApplicationUpdated => "News about your application",
            Self::ApplicationReply => "A reply to your application",
            Self::ContentRemoved => "Your content has been removed",
            Self::BucketCredentials => "Your storage bucket is ready",
            Self::Invitation => "You have been invited to an organisation",
            // Written for each message, or never sent by this release.
            Self::Message | Self::Broadcast | Self::Unknown(_) => "",
        }
    }
}
