//! Whom a path names: by id, by `me`, or by a contact as in `email:ada@example.org`.

use provost_domain::{Principal, Refused, UserId};
use provost_http::{Answer, Call, access::Staff, users};

/// The id that the path names.
///
/// # Errors
/// `INVALID_USER_ID` when it names nobody.
pub async fn named(call: &Call<Staff>) -> Answer<UserId> {
    let name = call.param("id");
    if name == "me" {
        return Ok(call.caller.principal.user_id);
    }
    Ok(users::resolve(&call.app, name).await?.ok_or_else(Refused::no_such_user)?)
}

/// The person whom the path names.
///
/// # Errors
/// `INVALID_USER_ID` when there is none.
pub async fn principal(call: &Call<Staff>) -> Answer<Principal> {
    let user = named(call).await?;
    if user == call.caller.principal.user_id {
        return Ok(call.caller.principal.clone());
    }
    Ok(call.app.store().principal(user).await?.ok_or_else(Refused::no_such_user)?)
}
