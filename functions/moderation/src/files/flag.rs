//! `POST /api/admin/files/{id}/flag`: flag a file.

use provost_domain::{content::Content, text};
use provost_http::{Body, HandlerResult, Json, RequestContext, StaffOwnerGrant};
use provost_operations::moderation;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{check_file, views::FlaggedView};

/// Request to flag a file.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct FlagFile {
    /// Reason for the flag, 3 to 500 characters. Required, here or in the header `X-Reason`.
    reason: Option<String>,
    /// Notes for other staff, at most 2,000 characters.
    #[schemars(length(max = 2000))]
    notes: Option<String>,
}

/// Flags a file.
///
/// # Errors
/// `VALIDATION_FAILED` without a reason; `NOT_FOUND`; `INVALID_ACTION` when it is flagged already or
/// removed.
pub async fn flag_file(
    ctx: RequestContext<StaffOwnerGrant<Content>>,
    Body(body): Body<FlagFile>,
) -> HandlerResult<Json<FlaggedView>> {
    check_file(&ctx.thing)?;
    let reason = ctx.required_reason(body.reason.as_deref())?;
    let notes = body.notes.map(|notes| text::note("notes", &notes, 2000)).transpose()?;
    let op = ctx.op(Some(reason));
    let by = ctx.caller.user.pseudonym;
    let change = moderation::flag_content(&op, &ctx.thing, ctx.owner()?, notes, by)?;
    ctx.complete(change, |content| {
        Json::new(FlaggedView {
            file_id: content.id,
            flagged: content.flag.is_some(),
            flagged_at: content.flag.as_ref().map(|flag| flag.at),
            reason: content.flag.map(|flag| flag.reason),
        })
    })
    .await
}
