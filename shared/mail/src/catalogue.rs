//! The built-in templates: one file for each in `templates/`, by language and name. The first line
//! is the subject, the rest is the text.

use provost_domain::mail::{
    Template,
    content::{Language, MailContent},
};

/// A variable of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// Its name, as in `{{ firstName }}`.
    pub name: &'static str,
    /// What it stands for.
    pub about: &'static str,
    /// A value, for the preview and to check a template.
    pub example: &'static str,
    /// Whether it may have no value. It is then false in a condition, and leaves no gap in the text.
    pub optional: bool,
}

const fn always(name: &'static str, about: &'static str, example: &'static str) -> Variable {
    Variable { name, about, example, optional: false }
}

const fn optional(name: &'static str, about: &'static str, example: &'static str) -> Variable {
    Variable { name, about, example, optional: true }
}

const FIRST_NAME: Variable =
    optional("firstName", "First name of the recipient, if it looks like one.", "Ada");
const BRAND: Variable = always("brand", "Name of the platform.", "Provost");
const URL: Variable = always("url", "URL of the platform.", "https://provost.example");
const TIME: Variable = always("time", "Time of the event.", "20 November 2026, 16:00 UTC");
const LINK: Variable =
    always("link", "Link for the recipient alone.", "https://provost.example/?token=example");
const TOKEN: Variable = always("token", "Token in the link, for users of the API.", "example");
const MINUTES: Variable = always("minutes", "Minutes until the link expires.", "60");
const REASON: Variable = always("reason", "Reason that staff gave.", "The picture is not sharp");
const STUDENT: Variable =
    optional("student", "Set if it is about the student status instead of the identity.", "yes");
const EXPIRES_AT: Variable =
    always("expiresAt", "Time until which it can be used.", "4 December 2026, 16:00 UTC");

const STAFF: Variable = optional("staff", "Set if it is about joining the team.", "yes");
const PARTNER: Variable = optional("partner", "Set if it is about becoming a partner.", "yes");
const BADGE: Variable = optional("badge", "Set if it is about the verified badge.", "yes");
const APPEAL: Variable = optional("appeal", "Set if it is an appeal against a suspension.", "yes");

/// The variables of every email.
const GENERAL: &[Variable] = &[FIRST_NAME, BRAND, URL];

/// Declares the templates: their files and variables. A new template needs a line here, a file for
/// each language, and its values in `mail-worker`.
macro_rules! catalogue {
    ($($template:ident = $file:literal: [$($variable:expr),* $(,)?];)*) => {
        /// The content of a template as it is built in; `None` for a template without content of
        /// its own.
        pub fn built_in(template: Template, language: Language) -> Option<MailContent> {
            let file = match (template, language) {
                $(
                    (Template::$template, Language::German) => {
                        include_str!(concat!("../templates/de/", $file, ".txt"))
                    }
                    (Template::$template, Language::English | Language::Unknown(_)) => {
                        include_str!(concat!("../templates/en/", $file, ".txt"))
                    }
                )*
                (Template::Message | Template::Broadcast | Template::Unknown(_), _) => return None,
            };
            let (subject, text) = file.split_once("\n\n").unwrap_or((file, ""));
            Some(MailContent { subject: subject.to_owned(), text: text.trim_end().to_owned(), html: None })
        }

        /// The variables that a template may use.
        pub const fn variables(template: Template) -> &'static [Variable] {
            match template {
                $(Template::$template => const { &[FIRST_NAME, BRAND, URL, $($variable),*] },)*
                Template::Message | Template::Broadcast | Template::Unknown(_) => GENERAL,
            }
        }
    };
}

catalogue! {
    VerifyEmail = "verify-email": [always("days", "Days until the link expires.", "3"), LINK, TOKEN];
    Welcome = "welcome": [
        optional("days", "Days until the link expires, if there is one.", "3"),
        optional(
            "link",
            "Link to choose a password, if the account has none.",
            "https://provost.example/?reset=example",
        ),
        optional("token", "Token in the link, for users of the API, if there is one.", "example"),
    ];
    PasswordReset = "password-reset": [MINUTES, LINK, TOKEN];
    PasswordResetForced = "password-reset-forced": [MINUTES, LINK, TOKEN];
    PasswordChanged = "password-changed": [
        TIME,
        always("email", "Email address of the recipient.", "ada@user.example"),
    ];
    AddressChanged = "address-changed": [TIME];
    TwoFactorEnabled = "two-factor-enabled": [];
    NewDevice = "new-device": [
        optional("time", "Time of the sign-in, if it is known.", "20 November 2026, 16:00 UTC"),
        optional("browser", "Browser or app, if it is known.", "Firefox"),
        optional("system", "Operating system, if it is known.", "Linux"),
        optional("ipAddress", "IP address, if it is known.", "192.0.2.1"),
    ];
    AccountSuspended = "account-suspended": [
        TIME,
        optional("end", "End of the suspension, if it has one.", "21 November 2026, 16:00 UTC"),
        REASON,
        always("link", "Link to appeal against the suspension.", "https://provost.example/appeal/example"),
        TOKEN,
    ];
    AccountRestored = "account-restored": [];
    DeletionRequested = "deletion-requested": [
        optional("dueAt", "Time of the deletion, unless it is past.", "4 December 2026, 16:00 UTC"),
        optional("link", "Link to cancel the deletion, if that is possible.", "https://provost.example/cancel-deletion/example"),
        optional("held", "Set if the account is under a legal hold.", "yes"),
        optional("blocked", "Set if the user owns an organisation with other members.", "yes"),
        optional("final", "Set if the account is being deleted now.", "yes"),
    ];
    DeletionCancelled = "deletion-cancelled": [];
    ExportReady = "export-ready": [
        EXPIRES_AT,
        optional("export", "Id of the export.", "exp_01ARZ3NDEKTSV4RRFFQ69G5FAV"),
    ];
    VerificationApproved = "verification-approved": [STUDENT];
    VerificationRejected = "verification-rejected": [STUDENT, REASON];
    ContentRemoved = "content-removed": [
        always("content", "Name of the file or short URL.", "photo.jpg"),
        REASON,
    ];
    BucketCredentials = "bucket-credentials": [
        always("bucket", "Name of the storage bucket.", "Course material"),
        EXPIRES_AT,
        always(
            "link",
            "Link that shows the credentials once.",
            "https://provost.example/storage-credentials/example",
        ),
    ];
    AccountWarned = "account-warned": [
        optional("content", "Set if the report is about something that the user uploaded.", "yes"),
        REASON,
    ];
    ApplicationUpdated = "application-updated": [
        STAFF, PARTNER, BADGE, APPEAL,
        optional("reviewing", "Set if staff have begun to review it.", "yes"),
        optional("approved", "Set if it is approved.", "yes"),
        optional("rejected", "Set if it is rejected.", "yes"),
        optional("banned", "Set if the account is suspended now.", "yes"),
    ];
    ApplicationReply = "application-reply": [
        STAFF, PARTNER, BADGE, APPEAL,
        always("reply", "Text of the reply.", "Which hours are you available?"),
    ];
    Invitation = "invitation": [
        always("organisation", "Handle of the organisation.", "apex"),
        always("invite", "Id of the invitation.", "inv_01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        EXPIRES_AT,
        optional("admin", "Set if the role is admin.", "yes"),
        optional("ownership", "Set if the user is asked to become the owner.", "yes"),
    ];
}

/// Whether a template has content that staff can change.
pub fn has_content(template: Template) -> bool {
    built_in(template, Language::English).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;

    #[test]
    fn every_built_in_template_passes_the_check_for_saved_ones() {
        let mut checked = 0;
        for template in Template::ALL {
            for language in Language::ALL {
                let Some(content) = built_in(template, language) else { continue };
                let content = content.checked().unwrap();
                check(&content, variables(template)).unwrap_or_else(|error| {
                    panic!("{} in {}: {error:?}", template.as_str(), language.as_str())
                });
                checked += 1;
            }
        }
        assert_eq!(checked, 2 * (Template::ALL.len() - 2));
    }

    #[test]
    fn the_log_shows_the_built_in_subject_until_an_email_is_written() {
        for template in Template::ALL {
            if let Some(content) = built_in(template, Language::English) {
                assert_eq!(content.subject, template.subject());
                assert_ne!(built_in(template, Language::German), Some(content));
            }
        }
    }
}
