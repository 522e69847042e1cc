//! `DELETE /api/users/{id}/avatar`: take an account's picture away. It is no error when there is none.

use provost_http::{Answer, Call, Nothing, OwnGrant};

use crate::avatar::{account, forget, save};

pub async fn remove(call: Call<OwnGrant>) -> Answer<Nothing> {
    let (principal, mut profile) = account(&call).await?;
    let Some(before) = profile.avatar_key.take() else { return Ok(Nothing) };
    save(&call, principal, &profile, Some(&before), call.now(), &Nothing).await?;
    forget(&call.app, Some(before)).await;
    Ok(Nothing)
}
