//! The contents of an archive: one file for each category, and the user's own files. Every record
//! is built from named fields, so that a secret that a later version adds to an item is not
//! exported by accident.

mod account;
mod audit;
mod audit_log;
mod directory;
mod files;
mod fraud_alerts;
mod kept;
mod moderation;
mod organisations;
mod records;
mod requests;

use provost_archive::{About, CategoryText};
use provost_domain::{User, export::Category};

use crate::{
    survey::survey,
    writer::{Stop, Writer},
};

/// Writes every requested category.
pub(crate) async fn write_all(writer: &mut Writer<'_>, owner: &User) -> Result<(), Stop> {
    let wanted = writer.job.categories.clone();
    let survey = survey(writer.app.store(), owner.user_id, &wanted).await?;
    writer.expect(survey.items + wanted.len() as u64);
    if survey.unknown > 0 {
        writer.gap("Other records", "This version of Provost cannot export some records of this account. Contact support about them.")?;
    }
    for category in Category::ALL.into_iter().filter(|category| wanted.contains(category)) {
        writer.stage(category.as_str());
        match category {
            Category::Profile => account::profile(writer, owner).await?,
            Category::Sessions => account::sessions(writer, owner).await?,
            Category::LoginHistory
            | Category::ApiKeys
            | Category::SshKeys
            | Category::SavedViews
            | Category::Notifications
            | Category::Mail => records::write(writer, owner, category).await?,
            Category::Organisations => organisations::write(writer, owner).await?,
            Category::Billing => account::billing(writer, owner).await?,
            Category::Requests => requests::write(writer, owner).await?,
            Category::Audit => audit::write(writer, owner).await?,
            Category::Notes
            | Category::Grants
            | Category::Enrollments
            | Category::Contributions
            | Category::Documents => kept::write(writer, owner, category).await?,
            Category::Verifications => kept::verifications(writer, owner).await?,
            Category::FraudAlerts => fraud_alerts::write(writer, owner).await?,
            Category::Reports => moderation::reports(writer, owner).await?,
            Category::Applications => moderation::applications(writer, owner).await?,
            Category::Files => files::write(writer, owner).await?,
            Category::AuditLog => audit_log::write(writer, owner).await?,
            Category::Directory => directory::write(writer, owner).await?,
            // Not in `ALL`; a job that asks for it is not started.
            Category::Unknown(_) => {}
        }
        writer.done(1).await?;
    }
    Ok(())
}

/// The file name of a category.
pub(crate) const fn member(category: Category) -> &'static str {
    match category {
        Category::Profile => "profile.json",
        Category::Sessions => "sessions.ndjson",
        Category::LoginHistory => "login-history.ndjson",
        Category::ApiKeys => "api-keys.ndjson",
        Category::SshKeys => "ssh-keys.ndjson",
        Category::SavedViews => "saved-views.ndjson",
        Category::Notifications => "notifications.ndjson",
        Category::Organisations => "organisations.ndjson",
        Category::Billing => "billing.json",
        Category::Mail => "mail.ndjson",
        Category::Requests => "requests.ndjson",
        Category::Audit => "audit.ndjson",
        Category::Notes => "notes.ndjson",
        Category::Grants => "grants.ndjson",
        Category::Enrollments => "enrollments.ndjson",
        Category::Contributions => "contributions.ndjson",
        Category::Verifications => "verifications.ndjson",
        Category::Documents => "documents.ndjson",
        Category::FraudAlerts => "fraud-alerts.ndjson",
        Category::Reports => "reports.ndjson",
        Category::Applications => "applications.ndjson",
        Category::Files => "file-list.ndjson",
        Category::AuditLog => "audit-log.ndjson",
        Category::Directory => "users.csv",
        Category::Unknown(name) => name.as_str(),
    }
}

/// The archive's own metadata. It contains the id of the account and not its pseudonym: an archive
/// outlives an erasure, and must not link the audit log back to the user.
pub(crate) fn about(owner: &User) -> About {
    let text = |key: &str, title: &str, explanation: &str, one: &str, many: &str| CategoryText {
        key: key.to_owned(),
        title: title.to_owned(),
        explanation: explanation.to_owned(),
        noun: Some((one.to_owned(), many.to_owned())),
    };
    About::new(owner.user_id.to_string())
        .labelled(owner.name())
        .with_category(text(
            "profile",
            "Account and profile",
            "Your account details: names, address, status and settings.",
            "record",
            "records",
        ))
        .with_category(text("sessions", "Sessions", "Devices where you are signed in.", "session", "sessions"))
        .with_category(text("login-history", "Sign-ins", "Sign-in attempts of the last 90 days.", "sign-in", "sign-ins"))
        .with_category(text("api-keys", "API keys", "API keys that you created, without their secrets.", "key", "keys"))
        .with_category(text("ssh-keys", "SSH keys", "SSH public keys that you added.", "key", "keys"))
        .with_category(text("saved-views", "Saved views", "Views of the list of users that you saved.", "view", "views"))
        .with_category(text("notifications", "Notifications", "Notifications in your mailbox.", "notification", "notifications"))
        .with_category(text(
            "organisations",
            "Organisations",
            "Organisations that you are a member of or invited to, and the infrastructure of those with you as the only member.",
            "record",
            "records",
        ))
        .with_category(text(
            "billing",
            "Plan and payments",
            "Your plan and its limits, your earlier plans, subscriptions and payments.",
            "record",
            "records",
        ))
        .with_category(text(
            "mail",
            "Emails",
            "Emails that we sent to you. Their texts are left out, because they may contain links that work once.",
            "email",
            "emails",
        ))
        .with_category(text(
            "requests",
            "Requests",
            "Exports and deletion requests of your account, and links to your exports.",
            "request",
            "requests",
        ))
        .with_category(text("audit", "Audit log", "Actions on your account, with time and reason.", "entry", "entries"))
        .with_category(text("audit-log", "Log of the platform", "The selected entries of the audit log of the platform.", "entry", "entries"))
        .with_category(text("users", "Users", "The selected users of the platform.", "user", "users"))
        .with_category(text("notes", "Notes", "Staff notes about your account.", "note", "notes"))
        .with_category(text("grants", "Grants", "Benefits that you were granted.", "grant", "grants"))
        .with_category(text(
            "enrollments",
            "Enrolments",
            "Programs of other services that you take part in, with your progress.",
            "enrolment",
            "enrolments",
        ))
        .with_category(text("contributions", "Contributions", "Your contributor profile.", "profile", "profiles"))
        .with_category(text(
            "verifications",
            "Verifications",
            "Requests to verify your identity or student status. Their images are among the files.",
            "verification",
            "verifications",
        ))
        .with_category(text(
            "documents",
            "Documents",
            "Documents that our staff keep about you. The documents themselves are among the files.",
            "document",
            "documents",
        ))
        .with_category(text("fraud-alerts", "Fraud alerts", "Findings of our fraud rules about your account.", "alert", "alerts"))
        .with_category(text(
            "reports",
            "Reports",
            "Reports that you filed, and reports about you, without who filed them.",
            "report",
            "reports",
        ))
        .with_category(text("applications", "Applications", "Applications that you submitted, with their replies.", "application", "applications"))
        .with_category(text("file-list", "List of files", "Details of each file that you uploaded.", "file", "files"))
        .with_category(text("files", "Files", "The files themselves.", "file", "files"))
}
