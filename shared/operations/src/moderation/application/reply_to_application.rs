use provost_domain::{
    ReplyId, User,
    application::{Application, Reply},
    mail::Template,
    message::About,
    notification::NotificationKind,
};
use provost_store::Conflict;

use super::resource;
use crate::{Change, Op, OperationError};

/// A reply that was added.
#[derive(Debug, Clone)]
pub struct AddedReply {
    /// The application after the change.
    pub application: Application,
    /// The reply.
    pub reply: Reply,
}

/// Replies to an application. The applicant is notified of a reply by staff.
///
/// # Errors
/// `INVALID_ACTION` for a decided application, or one with too many replies.
pub fn reply_to_application(
    op: &Op<'_>,
    before: &Application,
    applicant: &User,
    author: &User,
    content: String,
) -> Result<Change<AddedReply>, OperationError> {
    let application = before.clone().reply(op.now)?;
    let reply = Reply {
        id: op.app.id(ReplyId::new),
        by: author.pseudonym,
        is_staff: author.user_id != applicant.user_id,
        content,
        created_at: op.now,
    };
    let mut tx = op.transaction();
    tx.check_not_erasing(applicant.user_id)?;
    tx.save_application(&application)?;
    tx.add_reply(&application, &reply)?;
    tx.audit(op.entry("application.replied", resource(&application, applicant)))?;
    if reply.is_staff {
        let user = applicant.user_id;
        let text = "Our staff have replied to your application.";
        op.notify(&mut tx, user, NotificationKind::Account, "A reply to your application", text)?;
        let about = About::Reply { application: application.id, reply: reply.id };
        op.mail(&mut tx, user, Template::ApplicationReply, Some(about))?;
    }
    Ok(Change::new(tx, AddedReply { application, reply })
        .decided_again_on(&[Conflict::Application, Conflict::Erasing]))
}
