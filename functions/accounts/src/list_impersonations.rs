//! `GET /api/users/me/impersonations`: when staff acted in this person's name, and who, by pseudonym. The person can see that afterwards, whoever it was and whyever.

use provost_domain::{SessionId, Timestamp, session::SignIn};
use provost_http::{Answer, Call, Json, List, Paging, Person, Query};
use schemars::JsonSchema;
use serde::Serialize;

/// One time that somebody acted in the person's name.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImpersonationView {
    /// The session that was made for it.
    pub session_id: SessionId,
    /// When it began.
    pub started_at: Timestamp,
    /// Who it was, by pseudonym; the audit log knows them under the same one.
    pub by: String,
    /// How it was done, such as `impersonation`, which reads only, or `masquerade`, which changes things too.
    pub method: String,
}

impl ImpersonationView {
    fn of(sign_in: SignIn) -> Self {
        Self {
            session_id: sign_in.id,
            started_at: sign_in.created_at,
            by: sign_in.impersonated_by.unwrap_or_default(),
            method: sign_in.auth_method,
        }
    }
}

pub async fn list_my_impersonations(call: Call<Person>, Query(paging): Query<Paging>) -> Answer<Json<List<ImpersonationView>>> {
    let request = call.page_request(&paging).await?;
    let page = call.app.store().impersonations(call.caller.principal.user_id, &request, call.now()).await?;
    Ok(Json::new(call.list(page.map(ImpersonationView::of), &request).await?))
}
