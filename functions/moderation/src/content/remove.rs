//! `DELETE /api/admin/content/{id}`: remove a file or a short URL for all users.

use provost_domain::content::{Content, ContentId, ContentStatus};
use provost_http::{BodyOrQuery, HandlerResult, Json, RequestContext, StaffOwnerGrant};
use provost_operations::moderation;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Request to remove content, in the body or in the query.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RemoveContent {
    /// Reason for the removal, 3 to 500 characters, which a notified owner receives. Required, here
    /// or in the header `X-Reason`.
    reason: Option<String>,
    /// Whether to notify the owner, in their mailbox and by email. No by default.
    notify_user: bool,
}

/// Removed content.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RemovedView {
    /// Content id.
    id: ContentId,
    /// Status: `removing` until its objects are deleted, then `removed`. It is not served either
    /// way.
    status: ContentStatus,
    /// Whether it worked. Always true.
    success: bool,
    /// What was done.
    message: &'static str,
}

/// Removes content.
///
/// # Errors
/// `VALIDATION_FAILED` without a reason; `INVALID_ACTION` when it is removed already.
pub async fn remove_content(
    ctx: RequestContext<StaffOwnerGrant<Content>>,
    BodyOrQuery(body): BodyOrQuery<RemoveContent>,
) -> HandlerResult<Json<RemovedView>> {
    let reason = ctx.required_reason(body.reason.as_deref())?;
    let (op, by) = (ctx.op(Some(reason)), ctx.caller.user.pseudonym);
    let change =
        moderation::remove_content(&op, &ctx.thing, ctx.owner()?, by, body.notify_user).await?;
    ctx.complete(change, |content| {
        Json::new(RemovedView {
            id: content.id,
            status: content.status,
            success: true,
            message: "Content removed",
        })
    })
    .await
}
