//! `POST /api/sessions/logout-all`: end all sessions of the signed-in user, including this one.

use provost_http::{Answer, Json, RequestContext, SignedInGrant};

use crate::{
    end::{EndedView, end_all},
    tokens::no_cookie,
};

pub async fn logout_all_sessions(call: RequestContext<SignedInGrant>) -> Answer<Json<EndedView>> {
    let answer = end_all(&call, call.caller.principal.clone(), None).await?;
    Ok(answer.cookie(no_cookie()))
}
