//! `DELETE /api/admin/users/{id}/deassign-student`: take student status, with the educational tier and its limits. Asking twice changes nothing.

use provost_domain::{
    audit::{Resource, note_change},
    profile::Profile,
};
use provost_http::{Answer, BodyOrQuery, Call, Json, access::Staff, users};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::views::StudentView;

/// Taking student status.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DeassignStudent {
    /// Why, 3 to 500 characters.
    reason: Option<String>,
}

/// Takes student status.
///
/// # Errors
/// `INVALID_USER_ID`, `CANNOT_MODIFY_SELF`, `STALE_VERSION`.
pub async fn deassign_student(call: Call<Staff>, BodyOrQuery(body): BodyOrQuery<DeassignStudent>) -> Answer<Json<StudentView>> {
    let (now, reason) = (call.now(), call.reason(body.reason.as_deref())?);
    let before = users::other(&call).await?;
    call.check_version(before.version)?;
    let profile = call.app.store().profile(before.user_id).await?;
    let Some((changed, limits)) = before.clone().end_student(profile.limits.clone(), now) else {
        return Ok(Json::new(StudentView::of(&before, profile.limits)).version(before.version));
    };

    let mut entry = call.entry("student.deassigned", Resource::User(before.subject()));
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
