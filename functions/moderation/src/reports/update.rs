//! `PATCH /api/admin/reports/{id}`: update or decide a report.

use provost_domain::{
    ApiError,
    report::{MAX_TEXT, Report, ReportAction, ReportStatus, Severity},
    text,
    time::DAY,
};
use provost_http::{Body, HandlerResult, Json, RequestContext, StaffOwnerGrant, users};
use provost_operations::report::{ReportUpdate, update_report as update};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use super::views::{ReportView, view};
use crate::spelling;

/// Maximum duration of a ban, in days: ten years.
const MAX_BAN: i64 = 3650;

/// Request to update a report. At least one field besides `reason` is required.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct UpdateReport {
    /// New status, one of the report's `allowedTransitions`. `resolved` and `dismissed` are final.
    #[serde(deserialize_with = "spelling::optional")]
    status: Option<ReportStatus>,
    /// What to do about it, together with the status `resolved`. Carried out immediately, which
    /// needs the permission of the action as well: `content.remove` to remove content, `user.suspend`
    /// and a higher rank to ban. The owner of removed content and the warned or banned user get an
    /// email with the reason.
    #[serde(deserialize_with = "spelling::optional")]
    action: Option<ReportAction>,
    /// Duration of a ban in days, 1 to 3650; without it, the ban is permanent.
    #[schemars(range(min = 1, max = 3650))]
    duration_days: Option<i64>,
    /// New severity.
    #[serde(deserialize_with = "spelling::optional")]
    severity: Option<Severity>,
    /// New assignee: the user id of a staff member who can decide reports, or `me`; null for no
    /// assignee.
    #[serde(deserialize_with = "present")]
    assigned_to: Option<Option<String>>,
    /// Internal note for the history of the report, at most 2000 characters. Also possible once the
    /// report is decided.
    notes: Option<String>,
    /// Reason, 3 to 500 characters. Can also be sent as the header `X-Reason`. Required with an
    /// action, whose user receives it.
    reason: Option<String>,
}

/// Reads a field that may be absent (unchanged), null (removed) or a value.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Updates or decides a report.
///
/// # Errors
/// `VALIDATION_FAILED`, `INVALID_ACTION` with who decided the report and how, `PERMISSION_DENIED`,
/// `OUTRANKED`, `CANNOT_MODIFY_SELF`, `LAST_SUPERADMIN`, `STALE_VERSION`.
pub async fn update_report(
    ctx: RequestContext<StaffOwnerGrant<Report>>,
    Body(body): Body<UpdateReport>,
) -> HandlerResult<Json<ReportView>> {
    let now = ctx.now();
    let reason = match body.action {
        Some(_) => Some(ctx.required_reason(body.reason.as_deref())?),
        None => ctx.reason(body.reason.as_deref())?,
    };
    check(&body)?;
    let notes = body.notes.as_deref().map(|given| text::note("notes", given, MAX_TEXT));
    let notes = notes.transpose()?;
    let assigned_to = match body.assigned_to {
        None => None,
        Some(None) => Some(None),
        Some(Some(name)) => Some(Some(users::assignee(&ctx, &name).await?)),
    };
    let before = &ctx.thing;
    // A decided report says who decided, which is more than that it has changed.
    if before.status.is_live() {
        ctx.check_version(before.version)?;
    }
    let wanted = ReportUpdate {
        status: body.status,
        action: body.action,
        ban_expires_at: body.duration_days.map(|days| now.plus(days * DAY)),
        severity: body.severity,
        assigned_to,
        notes,
    };
    let op = ctx.op(reason);
    let change = update(&op, ctx.caller.acting(), before, ctx.owner.as_ref(), wanted).await?;
    let shown = view(&ctx.app, &ctx.caller, &change.after).await?;
    ctx.complete(change, |report| Json::new(shown).version(report.version)).await
}

/// Checks that the fields fit together.
fn check(body: &UpdateReport) -> Result<(), ApiError> {
    let UpdateReport { status, action, duration_days, severity, assigned_to, notes, .. } = body;
    let is_empty = status.is_none()
        && severity.is_none()
        && assigned_to.is_none()
        && notes.is_none()
        && action.is_none();
    if is_empty {
        return Err(ApiError::field(
            "status",
            "required",
            "There is nothing to update. Send a status, a severity, an assignee or notes.",
        ));
    }
    if action.is_some() && *status != Some(ReportStatus::Resolved) {
        return Err(ApiError::field(
            "action",
            "contradiction",
            "An action resolves the report. Send it together with the status `resolved`.",
        ));
    }
    match duration_days {
        Some(_) if *action != Some(ReportAction::UserBanned) => Err(ApiError::field(
            "durationDays",
            "contradiction",
            "Only a ban has a duration. Send it together with the action `user-banned`.",
        )),
        Some(days) if !(1..=MAX_BAN).contains(days) => Err(ApiError::field(
            "durationDays",
            "out_of_range",
            "This duration is out of range. Enter a number of days from 1 to 3650.",
        )),
        _ => Ok(()),
    }
}
