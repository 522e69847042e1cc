//! `GET /api/users/me/deletion-request`: where one's own deletion stands.

use provost_domain::{
    Refused,
    deletion::{DeletionRequest, DeletionView},
};
use provost_http::{Answer, Call, Json, Person};

pub(crate) async fn get_account_deletion(call: Call<Person>) -> Answer<Json<DeletionView>> {
    let request = pending(&call).await?;
    Ok(Json::new(request.for_owner()).version(request.version))
}

/// The request that the caller's account waits for.
pub(crate) async fn pending(call: &Call<Person>) -> Answer<DeletionRequest> {
    let Some(pending) = &call.caller.principal.deletion else { return Err(Refused::missing("deletion request").into()) };
    Ok(call.app.store().deletion(pending.id).await?.ok_or_else(|| Refused::missing("deletion request"))?)
}
