//! `GET /api/users/me` and `GET /api/users/{id}`: get your account or, for staff, another user's.

use provost_domain::ApiError;
use provost_http::{Answer, Json, RequestContext, SelfOrStaffGrant, access::ProfileGrant};

use crate::{
    avatar,
    view::{self, UserView},
};

pub async fn get_current_user(call: RequestContext<ProfileGrant>) -> Answer<Json<UserView>> {
    let (principal, profile) = (&call.caller.principal, &call.profile);
    let mut own = view::own(principal, profile, call.now());
    // It counts only while the person belongs to it; leaving does not have to look here.
    if let Some(id) = profile.active_organisation
        && call.app.store().is_member(id, principal.user_id).await?
    {
        own.active_organisation_id = Some(id);
    }
    avatar::show(&call.app, &mut own, profile).await?;
    Ok(Json::new(own).version(principal.version))
}

pub async fn get_user(call: RequestContext<SelfOrStaffGrant>) -> Answer<Json<UserView>> {
    if call.own {
        let profile = call.app.store().profile(call.user).await?;
        let mut own = view::own(&call.caller.principal, &profile, call.now());
        avatar::show(&call.app, &mut own, &profile).await?;
        return Ok(Json::new(own).version(call.caller.principal.version));
    }
    let (principal, profile) = call.app.store().principal_and_profile(call.user).await?.ok_or_else(ApiError::no_such_user)?;
    let mut view = view::for_staff(&principal, &profile, &call.caller.permissions, call.now());
    avatar::show(&call.app, &mut view, &profile).await?;
    Ok(Json::new(view).version(principal.version))
}
