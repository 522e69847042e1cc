//! `POST /api/sessions/logout-all`: end every session of the signed-in person, this one too.

use provost_http::{Answer, Call, Json, Person};

use crate::{
    end::{EndedView, end_all},
    tokens::no_cookie,
};

pub async fn logout_all_sessions(call: Call<Person>) -> Answer<Json<EndedView>> {
    let answer = end_all(&call, call.caller.principal.clone(), None).await?;
    Ok(answer.cookie(no_cookie()))
}
