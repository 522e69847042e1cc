//! Mail: which letters the platform writes, and what became of each.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{MessageId, Timestamp};

macro_rules! templates {
    ($($name:ident = $text:literal, $about:literal;)*) => {
        /// A letter that the platform writes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "kebab-case")]
        pub enum Template { $(#[doc = $about] $name,)* }

        impl Template {
            /// Every letter there is.
            pub const ALL: &'static [Template] = &[$(Template::$name,)*];
            /// Its name.
            pub const fn as_str(self) -> &'static str { match self { $(Template::$name => $text,)* } }
            /// When it is written, in a sentence.
            pub const fn about(self) -> &'static str { match self { $(Template::$name => $about,)* } }
        }
    };
}

templates! {
    VerifyEmail = "verify-email", "After registration: welcome, and confirm the address by a link.";
    PasswordReset = "password-reset", "When a reset is asked for: a link to choose a new password.";
    PasswordResetForced = "password-reset-forced", "When staff force a reset: the old password no longer counts, and a link to choose a new one.";
    PasswordChanged = "password-changed", "After the password changed.";
    AddressChanged = "address-changed", "After the address changed, to the one before.";
    TwoFactorEnabled = "two-factor-enabled", "After a second factor was turned on.";
    NewDevice = "new-device", "After a sign-in from a device not seen before.";
    AccountSuspended = "account-suspended", "After a ban or suspension whose author chose to tell.";
    AccountRestored = "account-restored", "After a ban or suspension was lifted.";
    DeletionRequested = "deletion-requested", "After a deletion was asked for: when it happens, and a link to cancel it.";
    DeletionCancelled = "deletion-cancelled", "After a deletion was cancelled.";
    ExportReady = "export-ready", "When an export that the person asked for is ready.";
    VerificationApproved = "verification-approved", "After staff approved a verification of identity or student status.";
    VerificationRejected = "verification-rejected", "After staff rejected a verification: why, and that a new one may be sent.";
    Invitation = "invitation", "When someone is invited to an organisation, and when the invitation is sent again.";
}

/// What became of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailStatus {
    /// On its way to the transport.
    Queued,
    /// Accepted by the transport.
    Sent,
    /// Refused for good.
    Failed,
    /// Came back.
    Bounced,
    /// Called spam by its reader.
    Complained,
}

/// One letter as the mail log keeps it, in its reader's partition or under the digest of an address that has no account.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mail {
    /// The message that it came from.
    pub id: MessageId,
    /// The address.
    pub to: String,
    /// Which letter.
    pub template: Template,
    /// The subject line.
    pub subject: String,
    /// The text; kept only where mail is captured instead of sent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub body: Option<String>,
    /// What became of it.
    pub status: MailStatus,
    /// The transport's own id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub transport_id: Option<String>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
    /// When it was written.
    pub created_at: Timestamp,
    /// When the transport took it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sent_at: Option<Timestamp>,
}

impl Mail {
    /// A letter that waits to be sent; its text is written then.
    pub fn queued(id: MessageId, to: impl Into<String>, template: Template, now: Timestamp) -> Self {
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
        }
    }
}

impl Template {
    /// What staff call it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::VerifyEmail => "Confirm the address",
            Self::PasswordReset => "Choose a new password",
            Self::PasswordResetForced => "New password asked for by support",
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
            Self::Invitation => "Invitation to an organisation",
        }
    }

    /// The subject line. It holds nothing that anybody typed, so no header can be smuggled in by it.
    pub const fn subject(self) -> &'static str {
        match self {
            Self::VerifyEmail => "Welcome: please confirm your address",
            Self::PasswordReset => "Choose a new password",
            Self::PasswordResetForced => "Please choose a new password",
            Self::PasswordChanged => "Your password was changed",
            Self::AddressChanged => "The address of your account was changed",
            Self::TwoFactorEnabled => "A second factor is on",
            Self::NewDevice => "A sign-in from a new device",
            Self::AccountSuspended => "Your account is suspended",
            Self::AccountRestored => "Your account is back",
            Self::DeletionRequested => "Your account is going to be deleted",
            Self::DeletionCancelled => "Your account stays",
            Self::ExportReady => "Your data is ready",
            Self::VerificationApproved => "Your verification is approved",
            Self::VerificationRejected => "Your verification was not approved",
            Self::Invitation => "You are invited to an organisation",
        }
    }
}
