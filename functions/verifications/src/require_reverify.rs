//! `POST /api/admin/users/{id}/require-student-reverify`: a student shall show it again. The next sign-in says so, and until it is done the tier is a free one.

use provost_domain::{
    audit::{Resource, note_change},
    profile::Profile,
};
use provost_http::{Answer, Body, Call, Json, access::Staff, users};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::views::StudentView;

/// Asking a student to show it again.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RequireReverify {
    /// Why, 3 to 500 characters.
    reason: Option<String>,
}

/// Asks a student to show it again.
///
/// # Errors
/// `INVALID_ACTION` for someone without student status, `INVALID_USER_ID`, `CANNOT_MODIFY_SELF`, `STALE_VERSION`.
pub async fn require_reverify(call: Call<Staff>, Body(body): Body<RequireReverify>) -> Answer<Json<StudentView>> {
    let (now, reason) = (call.now(), call.reason(body.reason.as_deref())?);
    let before = users::other(&call).await?;
    call.check_version(before.version)?;
    let profile = call.app.store().profile(before.user_id).await?;
    if before.entitlements.reverify_required() {
        return Ok(Json::new(StudentView::of(&before, profile.limits)).version(before.version));
    }
    let (changed, limits) = before.clone().require_reverify(profile.limits.clone(), now)?;

    let mut entry = call.entry("student.reverify_required", Resource::User(before.subject()));
    entry.reason = reason;
    note_change(&mut entry.changes, "studentVerified", &before.student_verified, &changed.student_verified);
    note_change(&mut entry.changes, "portalTier", &before.portal_tier, &changed.portal_tier);
    note_change(&mut entry.changes, "limits", &profile.limits, &limits);
    let mut tx = call.app.transaction();
    tx.save_principal(&changed)?;
    tx.save_profile(before.user_id, &Profile { limits: limits.clone(), ..profile })?;
    tx.audit(entry)?;
    let answer = Json::new(StudentView::of(&changed, limits)).version(changed.version);
    call.commit(tx, &answer).await?;
    Ok(answer)
}
