//! `PATCH /api/admin/fraud-alerts/{id}`: change the status, assignee or notes of a fraud alert.

use provost_api::fraud::AlertView;
use provost_domain::{
    ApiError,
    fraud::{Alert, AlertStatus},
    text,
};
use provost_http::{Body, HandlerResult, Json, RequestContext, StaffOwnerGrant, users};
use provost_operations::fraud::{self, AlertUpdate};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use crate::find;

/// Maximum length of a note, in characters.
const NOTE: usize = 2000;

/// Request to update a fraud alert. At least one field besides `reason` is required.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct UpdateAlert {
    /// New status of the alert, one of its `allowedTransitions`.
    status: Option<AlertStatus>,
    /// New assignee: the user id of a staff member who can decide alerts, or `me`; null for no
    /// assignee.
    #[serde(deserialize_with = "present")]
    assigned_to: Option<Option<String>>,
    /// Note for the history of the alert, at most 2000 characters.
    note: Option<String>,
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    reason: Option<String>,
}

/// Reads a field that may be absent (unchanged), null (removed) or a value.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

pub async fn update_fraud_alert(
    ctx: RequestContext<StaffOwnerGrant<Alert>>,
    Body(body): Body<UpdateAlert>,
) -> HandlerResult<Json<AlertView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let note = body.note.as_deref().map(|note| text::note("note", note, NOTE)).transpose()?;
    if body.status.is_none() && body.assigned_to.is_none() && note.is_none() {
        return Err(ApiError::field(
            "status",
            "required",
            "There is nothing to update. Send a status, an assignee or a note.",
        )
        .into());
    }
    let before = &ctx.thing;
    ctx.check_version(before.version)?;
    let assigned_to = match body.assigned_to {
        None => None,
        Some(None) => Some(None),
        Some(Some(name)) => Some(Some(users::assignee(&ctx, &name).await?)),
    };
    let update = AlertUpdate { status: body.status, assigned_to, note };
    let (op, by) = (ctx.op(reason), ctx.caller.user.pseudonym);
    let change = fraud::update_alert(&op, before, ctx.owner()?, update, by).await?;
    let view = find::view(&ctx.app, &ctx.caller, &change.after).await?;
    ctx.complete(change, |alert| Json::new(view).version(alert.version)).await
}
