//! `GET /api/users/me` and `GET /api/users/{id}`: get your account or, for staff, another user's.

use provost_domain::ApiError;
use provost_http::{HandlerResult, Json, RequestContext, SelfOrStaffGrant, access::ProfileGrant};

use crate::{
    avatar,
    view::{self, UserView},
};

pub async fn get_current_user(ctx: RequestContext<ProfileGrant>) -> HandlerResult<Json<UserView>> {
    let (user, profile) = (&ctx.caller.user, &ctx.profile);
    let mut own = view::own(user, profile, ctx.now());
    // The selection counts only while the user is a member, so leaving need not reset it.
    if let Some(id) = profile.active_organisation
        && ctx.app.store().is_member(id, user.user_id).await?
    {
        own.active_organisation_id = Some(id);
    }
    avatar::show(&ctx.app, &mut own, profile).await?;
    Ok(Json::new(own).version(user.version))
}

pub async fn get_user(ctx: RequestContext<SelfOrStaffGrant>) -> HandlerResult<Json<UserView>> {
    if ctx.own {
        let profile = ctx.app.store().profile(ctx.user).await?;
        let mut own = view::own(&ctx.caller.user, &profile, ctx.now());
        avatar::show(&ctx.app, &mut own, &profile).await?;
        return Ok(Json::new(own).version(ctx.caller.user.version));
    }
    let (user, profile) =
        ctx.app.store().user_and_profile(ctx.user).await?.ok_or_else(ApiError::no_such_user)?;
    let mut view = view::for_staff(&user, &profile, &ctx.caller.permissions, ctx.now());
    avatar::show(&ctx.app, &mut view, &profile).await?;
    Ok(Json::new(view).version(user.version))
}
