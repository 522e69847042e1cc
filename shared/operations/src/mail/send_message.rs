use provost_domain::{
    Email, MessageId, Pseudonym, UserId,
    audit::{Resource, note_change},
    mail::{Template, content::MailContent},
    message::{About, Message},
};
use provost_mail::{check, variables};
use provost_store::mails::broadcasts::WrittenMail;

use crate::{Change, Op, OperationError};

/// Maximum number of recipients of one message.
pub const MAX_RECIPIENTS: usize = 50;

/// A message of staff that was queued.
#[derive(Debug)]
pub struct QueuedMessage {
    /// Id of its content, which all its emails have in common.
    pub id: MessageId,
    /// Ids of the emails, by recipient.
    pub emails: Vec<(UserId, MessageId)>,
}

/// Sends an email of staff to individual users. `replies_to` gets the replies.
///
/// # Errors
/// `VALIDATION_FAILED` when the content is not valid.
pub fn send_message(
    op: &Op<'_>,
    recipients: &[(Email, UserId)],
    content: MailContent,
    replies_to: Option<Pseudonym>,
) -> Result<Change<QueuedMessage>, OperationError> {
    let content = content.checked()?;
    check(&content, variables(Template::Message))?;
    let id = op.app.id(MessageId::new);
    let mut entry = op.entry("mail.sent", Resource::Other { kind: "mail", id: id.to_string() });
    note_change(&mut entry.changes, "recipients", &None::<usize>, &Some(recipients.len()));
    let mut tx = op.transaction();
    let written = WrittenMail { content, replies_to };
    tx.create_mail_content(id, &written, op.now)?;
    let mut emails = Vec::with_capacity(recipients.len());
    for (_, user) in recipients {
        let email = op.app.id(MessageId::new);
        let about = Some(About::Written(id));
        let message = Message::Mail { id: email, user: *user, template: Template::Message, about };
        op.app.send(&mut tx, message)?;
        emails.push((*user, email));
    }
    tx.audit(entry)?;
    Ok(Change::new(tx, QueuedMessage { id, emails }))
}
