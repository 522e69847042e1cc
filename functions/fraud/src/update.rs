//! `PATCH /api/admin/fraud-alerts/{id}`: change the status, assignee or notes of a fraud alert.

use provost_domain::{
    ApiError,
    audit::note_change,
    fraud::{Alert, AlertStatus, AlertView, Settled},
    text,
};
use provost_http::{Body, HandlerResult, Json, RequestContext, StaffOwnerGrant};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use crate::{assignee, find};

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
    let before = ctx.thing.clone();
    ctx.check_version(before.version)?;
    let (now, by, was_live) = (ctx.now(), ctx.caller.principal.pseudonym, before.status.is_live());

    let mut alert = before.clone();
    if let Some(assigned_to) = &body.assigned_to {
        let staff = match assigned_to {
            Some(name) => Some(assignee::able(&ctx, name).await?),
            None => None,
        };
        alert = alert.assign(staff, by, now)?;
    }
    alert = match (body.status, note) {
        (Some(status), note) => alert.go(status, by, note, now)?,
        (None, Some(note)) => alert.note(note, by, now),
        (None, None) => alert,
    };
    // One request increases the version by one, however many fields it changes.
    alert.version = before.version + 1;

    let settled = match alert.status.is_live() {
        true => Settled::default(),
        false => ctx
            .app
            .store()
            .alert_place(alert.user_id, alert.rule_set)
            .await?
            .map(|place| place.settled)
            .unwrap_or_default(),
    };
    let mut tx = ctx.app.transaction();
    tx.save_alert(&alert, was_live, settled)?;
    let mut entry = ctx.entry("fraud.alert_updated", find::resource(&alert, ctx.owner()?));
    entry.reason = reason;
    note_change(&mut entry.changes, "status", &before.status, &alert.status);
    note_change(&mut entry.changes, "assignedTo", &before.assigned_to, &alert.assigned_to);
    tx.audit(entry)?;
    let answer = Json::new(find::view(&ctx.app, &ctx.caller, &alert).await?).version(alert.version);
    ctx.commit(tx, &answer).await.map_err(find::collided)?;
    Ok(answer)
}
