//! `GET /api/admin/users/{id}/current-plan`: a user's plan, and what the account returns to without
//! it.

use provost_http::{HandlerResult, Json, RequestContext, access::StaffGrant, users};

use crate::views::CurrentPlanView;

/// Shows the plan.
///
/// # Errors
/// `INVALID_USER_ID`.
pub async fn get_current_plan(
    ctx: RequestContext<StaffGrant>,
) -> HandlerResult<Json<CurrentPlanView>> {
    let person = users::named(&ctx).await?;
    let limits = ctx.app.store().profile(person.user_id).await?.limits;
    Ok(Json::new(CurrentPlanView::of(&person, limits)).version(person.version))
}
