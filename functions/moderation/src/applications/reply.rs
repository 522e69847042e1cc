//! `POST /api/applications/{id}/replies`: reply to an application, as its applicant or as staff.

use provost_domain::{
    application::{Application, MAX_REPLY},
    lockout::APPLICATION_REPLIES,
    text,
};
use provost_http::{Body, Created, HandlerResult, LimitKey, OwnerGrant, RequestContext};
use provost_operations::application::reply_to_application;
use schemars::JsonSchema;
use serde::Deserialize;

use super::views::ReplyView;

/// Request to reply to an application.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AddReply {
    /// The text, 1 to 2000 characters.
    #[schemars(length(min = 1, max = 2000))]
    content: String,
}

/// Replies to an application.
///
/// # Errors
/// `NOT_FOUND`, `VALIDATION_FAILED`, `RATE_LIMITED`, `INVALID_ACTION` for a decided application.
pub async fn create_application_reply(
    ctx: RequestContext<OwnerGrant<Application>>,
    Body(body): Body<AddReply>,
) -> HandlerResult<Created<ReplyView>> {
    let author = &ctx.caller.user;
    let content = text::note("content", &body.content, MAX_REPLY)?;
    ctx.count_once(APPLICATION_REPLIES, LimitKey::Account(author.user_id)).await?;
    let op = ctx.op(None);
    let change = reply_to_application(&op, &ctx.thing, &ctx.owner, author, content)?;
    ctx.complete(change, |added| {
        Created(ReplyView::from(added.reply), "/api/applications".to_owned())
    })
    .await
}
