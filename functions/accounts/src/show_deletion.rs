//! `GET /api/users/me/deletion-request`: get the deletion request of your account.

use provost_domain::{
    Refused,
    deletion::{DeletionRequest, DeletionView},
};
use provost_http::{Answer, Call, Json, Person};

pub(crate) async fn get_account_deletion(call: Call<Person>) -> Answer<Json<DeletionView>> {
    let request = pending(&call).await?;
    Ok(Json::new(request.for_owner()).version(request.version))
}

/// The pending deletion request of the caller's account.
pub(crate) async fn pending(call: &Call<Person>) -> Answer<DeletionRequest> {
    let Some(pending) = &call.caller.principal.deletion else { return Err(Refused::missing("deletion request").into()) };
    Ok(call.app.store().deletion(pending.id).await?.ok_or_else(|| Refused::missing("deletion request"))?)
}
