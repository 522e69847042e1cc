use provost_domain::{
    ApiError, Code,
    audit::{Changes, Resource, note_change},
    mail::{
        Template,
        content::{Language, MailContent},
        saved_template::SavedTemplate,
    },
    rank::Acting,
};
use provost_mail::{built_in, check, variables};
use provost_store::Conflict;

use crate::{Change, Op, OperationError};

/// Saves the content of a template in a language, or returns to the built-in content. `before` is
/// what was saved before. Emails are written with it from now on. Returns no change if the content
/// is the same.
///
/// # Errors
/// `SUPERADMIN_REQUIRED` for an email that lets its reader into an account unless root changes it,
/// `VALIDATION_FAILED` when the content is not valid or uses variables that do not exist,
/// `STALE_VERSION` when another change came first.
pub fn save_template(
    op: &Op<'_>,
    actor: Acting<'_>,
    template: Template,
    language: Language,
    before: Option<&SavedTemplate>,
    content: Option<MailContent>,
) -> Result<Option<Change<SavedTemplate>>, OperationError> {
    if holds_secret(template) && !actor.user.is_root() {
        return Err(root_required().into());
    }
    let content = match content {
        Some(content) => {
            let content = content.checked()?;
            check(&content, variables(template))?;
            Some(content)
        }
        None => None,
    };
    let current = before.map_or(0, |saved| saved.version);
    let shown =
        |content: Option<&MailContent>| content.cloned().or_else(|| built_in(template, language));
    let was = shown(before.and_then(|saved| saved.content.as_ref()));
    let changes = changes(was.as_ref(), shown(content.as_ref()).as_ref());
    if changes.is_empty() {
        return Ok(None);
    }
    let saved =
        SavedTemplate { template, language, content, version: current + 1, updated_at: op.now };
    let id = format!("{}/{}", template.as_str(), language.as_str());
    let mut entry =
        op.entry("mail.template_changed", Resource::Other { kind: "mail_template", id });
    entry.changes = changes;
    let mut tx = op.transaction();
    tx.save_mail_template(&saved)?;
    tx.audit(entry)?;
    Ok(Some(Change::new(tx, saved).refused_on(Conflict::MailTemplate, stale())))
}

fn changes(before: Option<&MailContent>, after: Option<&MailContent>) -> Changes {
    let mut changes = Changes::new();
    let subject = |content: Option<&MailContent>| content.map(|content| content.subject.clone());
    let text = |content: Option<&MailContent>| content.map(|content| content.text.clone());
    let html = |content: Option<&MailContent>| content.and_then(|content| content.html.clone());
    note_change(&mut changes, "subject", &subject(before), &subject(after));
    note_change(&mut changes, "text", &text(before), &text(after));
    note_change(&mut changes, "html", &html(before), &html(after));
    changes
}

/// Whether emails with this template contain a link or token that acts for its reader. A person who writes
/// the HTML around it could have it sent elsewhere.
fn holds_secret(template: Template) -> bool {
    variables(template).iter().any(|variable| ["link", "token"].contains(&variable.name))
}

fn root_required() -> ApiError {
    ApiError::new(
        Code::SuperadminRequired,
        "This email contains a link or token for its reader alone. Ask a root administrator to change the template.",
    )
}

fn stale() -> ApiError {
    ApiError::new(
        Code::StaleVersion,
        "This template has changed since you read it. Read it again and repeat the change.",
    )
}
