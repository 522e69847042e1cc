//! `DELETE /api/admin/users/{id}/cancel-plan`: take the plan away. The account has again exactly what it had before; asking twice changes nothing.

use provost_domain::{audit::Resource, profile::Profile};
use provost_http::{Answer, BodyOrQuery, Call, Json, access::Staff, users};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{changes::note_plan, views::CurrentPlanView};

/// Cancelling a plan.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CancelPlan {
    /// Why, 3 to 500 characters.
    reason: Option<String>,
}

/// Cancels a plan.
///
/// # Errors
/// `INVALID_USER_ID`, `CANNOT_MODIFY_SELF`, `STALE_VERSION`.
pub async fn cancel(call: Call<Staff>, BodyOrQuery(body): BodyOrQuery<CancelPlan>) -> Answer<Json<CurrentPlanView>> {
    let (now, reason) = (call.now(), call.reason(body.reason.as_deref())?);
    let before = users::other(&call).await?;
    call.check_version(before.version)?;
    let profile = call.app.store().profile(before.user_id).await?;
    let Some((changed, limits)) = before.clone().cancel_plan(now) else {
        return Ok(Json::new(CurrentPlanView::of(&before, profile.limits)).version(before.version));
    };

    let mut entry = call.entry("plan.cancelled", Resource::User(before.subject()));
    entry.reason = reason;
    note_plan(&mut entry.changes, (&before, &profile.limits), (&changed, &limits));
    let mut tx = call.app.transaction();
    tx.save_principal(&changed)?;
    tx.save_profile(before.user_id, &Profile { limits: limits.clone(), ..profile })?;
    tx.audit(entry)?;
    let answer = Json::new(CurrentPlanView::of(&changed, limits)).version(changed.version);
    call.commit(tx, &answer).await?;
    Ok(answer)
}
