//! `GET /api/admin/users/{id}/login-history`: a user's sign-ins of the last 90 days, successes and failures.

use provost_domain::{
    SessionId, Timestamp,
    device::Device,
    session::{SignIn, SignInStatus},
};
use provost_http::{Answer, Call, Json, List, Paging, Query, access::Staff, users};
use schemars::JsonSchema;
use serde::Serialize;

/// One attempt to sign in.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserSignInView {
    /// The session that it made or would have made.
    id: SessionId,
    /// When.
    timestamp: Timestamp,
    /// The address that it came from.
    ip: String,
    /// The user agent.
    user_agent: String,
    /// Success or failure.
    status: SignInStatus,
    /// Why it failed; null when it did not.
    reason: Option<String>,
    /// What it ran on.
    device: Device,
    /// How they proved who they are.
    auth_method: String,
    /// Whether a second factor was given.
    mfa: bool,
}

impl From<SignIn> for UserSignInView {
    fn from(s: SignIn) -> Self {
        Self {
            id: s.id,
            timestamp: s.created_at,
            ip: s.ip,
            user_agent: s.user_agent,
            status: s.status,
            reason: s.reason,
            device: s.device,
            auth_method: s.auth_method,
            mfa: s.mfa,
        }
    }
}

/// Lists a user's sign-ins.
///
/// # Errors
/// `INVALID_USER_ID` when there is no such user.
pub async fn list_user_login_history(call: Call<Staff>, Query(paging): Query<Paging>) -> Answer<Json<List<UserSignInView>>> {
    let request = call.page_request(&paging).await?;
    let user = users::named(&call).await?.user_id;
    let page = call.app.store().login_history(user, &request, call.now()).await?;
    Ok(Json::new(call.list(page.map(UserSignInView::from), &request).await?))
}
