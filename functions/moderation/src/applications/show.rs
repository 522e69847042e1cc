//! `GET /api/admin/applications/{id}`: one application with its replies.

use provost_domain::application::Application;
use provost_http::{HandlerResult, Json, RequestContext, StaffOwnerGrant};

use super::views::{ApplicationDetails, view};

/// Gets an application with its replies.
///
/// # Errors
/// `NOT_FOUND`, `CANNOT_MODIFY_SELF`, `OUTRANKED`.
pub async fn get_application(
    ctx: RequestContext<StaffOwnerGrant<Application>>,
) -> HandlerResult<Json<ApplicationDetails>> {
    let shown = view(&ctx.app, ctx.thing.clone()).await?;
    Ok(Json::new(shown).version(ctx.thing.version))
}
