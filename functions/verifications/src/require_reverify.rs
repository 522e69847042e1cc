//! `POST /api/admin/users/{id}/require-student-reverify`: a student shall show it again. The next sign-in says so, and until it is done the tier is a free one.

use provost_http::{
    Answer, Body, Call, Json, OverGrant,
    entitlements::{Changed, record},
};
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
pub async fn require_student_reverification(call: Call<OverGrant>, Body(body): Body<RequireReverify>) -> Answer<Json<StudentView>> {
    let (now, reason) = (call.now(), call.reason(body.reason.as_deref())?);
    let before = call.target.clone();
    call.check_version(before.version)?;
    let profile = call.app.store().profile(before.user_id).await?;
    if before.entitlements.reverify_required() {
        return Ok(Json::new(StudentView::of(&before, profile.limits)).version(before.version));
    }
    let (changed, limits) = before.clone().require_reverify(profile.limits.clone(), now)?;

    let answer = Json::new(StudentView::of(&changed, limits.clone())).version(changed.version);
    let change = Changed { before: &before, profile, after: &changed, limits };
    record(&call, "student.reverify_required", reason, change, &answer).await?;
    Ok(answer)
}
