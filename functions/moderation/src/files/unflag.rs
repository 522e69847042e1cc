//! `POST /api/admin/files/{id}/unflag`: unflag a file.

use provost_domain::content::Content;
use provost_http::{Body, HandlerResult, Json, RequestContext, StaffOwnerGrant};
use provost_operations::moderation::unflag_content;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{check_file, views::UnflaggedView};

/// Request to unflag a file.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct UnflagFile {
    /// Reason, 3 to 500 characters. Required, here or in the header `X-Reason`.
    reason: Option<String>,
}

/// Unflags a file.
///
/// # Errors
/// `VALIDATION_FAILED` without a reason; `NOT_FOUND`; `INVALID_ACTION` when it is not flagged.
pub async fn unflag_file(
    ctx: RequestContext<StaffOwnerGrant<Content>>,
    Body(body): Body<UnflagFile>,
) -> HandlerResult<Json<UnflaggedView>> {
    check_file(&ctx.thing)?;
    let reason = ctx.required_reason(body.reason.as_deref())?;
    let (op, by) = (ctx.op(Some(reason)), ctx.caller.user.pseudonym);
    let change = unflag_content(&op, &ctx.thing, ctx.owner()?, by).await?;
    ctx.complete(change, |content| {
        Json::new(UnflaggedView { file_id: content.id, success: true, message: "File unflagged" })
    })
    .await
}
