//! `GET /api/users/me` and `GET /api/users/{id}`: get your account or, for staff, another user's.

use provost_domain::ApiError;
use provost_http::{HandlerResult, Json, RequestContext, SelfOrStaffGrant, access::ProfileGrant};

use crate::{
    avatar,
    view::{self, UserView},
};

pub async fn get_current_user(ctx: RequestContext<ProfileGrant>) -> HandlerResult<Json<UserView>> {
    let (principal, profile) = (&ctx.caller.principal, &ctx.profile);
    let mut own = view::own(principal, profile, ctx.now());
    // The selection counts only while the user is a member, so leaving need not reset it.
    if let Some(id) = profile.active_organisation
        && ctx.app.store().is_member(id, principal.user_id).await?
    {
        own.active_organisation_id = Some(id);
    }
    avatar::show(&ctx.app, &mut own, profile).await?;
    Ok(Json::new(own).version(principal.version))
}

pub async fn get_user(ctx: RequestContext<SelfOrStaffGrant>) -> HandlerResult<Json<UserView>> {
    if ctx.own {
        let profile = ctx.app.store().profile(ctx.user).await?;
        let mut own = view::own(&ctx.caller.principal, &profile, ctx.now());
        avatar::show(&ctx.app, &mut own, &profile).await?;
        return Ok(Json::new(own).version(ctx.caller.principal.version));
    }
    let (principal, profile) = ctx
        .app
        .store()
        .principal_and_profile(ctx.user)
        .await?
        .ok_or_else(ApiError::no_such_user)?;
    let mut view = view::for_staff(&principal, &profile, &ctx.caller.permissions, ctx.now());
    avatar::show(&ctx.app, &mut view, &profile).await?;
    Ok(Json::new(view).version(principal.version))
}
