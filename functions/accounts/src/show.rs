//! `GET /api/users/me` and `GET /api/users/{id}`: show an account, one's own or, for staff, somebody else's.

use provost_domain::Refused;
use provost_http::{Answer, Call, Json, OwnGrant, Person};

use crate::view::{self, UserView};

pub async fn me(call: Call<Person>) -> Answer<Json<UserView>> {
    let principal = &call.caller.principal;
    let profile = call.app.store().profile(principal.user_id).await?;
    Ok(Json::new(view::own(principal, &profile, call.now())).version(principal.version))
}

pub async fn show(call: Call<OwnGrant>) -> Answer<Json<UserView>> {
    if call.own {
        let profile = call.app.store().profile(call.user).await?;
        return Ok(Json::new(view::own(&call.caller.principal, &profile, call.now())).version(call.caller.principal.version));
    }
    let (principal, profile) = call.app.store().principal_and_profile(call.user).await?.ok_or_else(Refused::no_such_user)?;
    Ok(Json::new(view::for_staff(&principal, &profile, &call.caller.permissions, call.now())).version(principal.version))
}
