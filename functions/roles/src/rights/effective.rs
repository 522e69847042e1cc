//! `GET /v1/rbac/users/{user_id}/effective`: why a user has which permissions.

use provost_http::{HandlerResult, Json, RequestContext, StaffGrant, users};

use crate::views::EffectiveView;

pub async fn get_effective_permissions(
    ctx: RequestContext<StaffGrant>,
) -> HandlerResult<Json<EffectiveView>> {
    let user = match ctx.param("user_id") {
        "me" => ctx.caller.user.clone(),
        name => users::find(&ctx.app, name).await?,
    };
    let view = EffectiveView::from(&user);
    let version = view.version;
    Ok(Json::new(view).version(version))
}
