//! `GET /api/users/me/login-history`: who tried to sign in to this account in the last 90 days, and with what result.

use provost_domain::{
    SessionId, Timestamp,
    device::Device,
    session::{SignIn, SignInStatus},
};
use provost_http::{Answer, Call, Json, List, Paging, Person, Query};
use schemars::JsonSchema;
use serde::Serialize;

/// One attempt to sign in.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignInView {
    /// The session that it made, or would have made.
    pub id: SessionId,
    /// When.
    pub at: Timestamp,
    /// Whether it succeeded.
    pub status: SignInStatus,
    /// Why it failed: `wrong_password`, `locked`, `suspended`, `inactive`, `deletion_pending`, `second_factor_required`, `wrong_code`.
    pub reason: Option<String>,
    /// The address that it came from.
    pub ip: String,
    /// The user agent.
    pub user_agent: String,
    /// What that was told to run on.
    pub device: Device,
    /// How its owner proved who they are.
    pub auth_method: String,
    /// Whether a second factor was given.
    pub mfa: bool,
}

impl From<SignIn> for SignInView {
    fn from(attempt: SignIn) -> Self {
        let SignIn { id, created_at, status, reason, ip, country: _, user_agent, device, auth_method, mfa, impersonated_by: _ } = attempt;
        Self { id, at: created_at, status, reason, ip, user_agent, device, auth_method, mfa }
    }
}

pub async fn list_my_login_history(call: Call<Person>, Query(paging): Query<Paging>) -> Answer<Json<List<SignInView>>> {
    let request = call.page_request(&paging).await?;
    let page = call.app.store().login_history(call.caller.principal.user_id, &request, call.now()).await?;
    Ok(Json::new(call.list(page.map(SignInView::from), &request).await?))
}
