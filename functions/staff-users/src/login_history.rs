//! `GET /api/admin/users/{id}/login-history`: a user's sign-ins of the last 90 days, successes and
//! failures.

use provost_domain::{
    SessionId, Timestamp,
    device::Device,
    session::{SignIn, SignInStatus},
};
use provost_http::{
    HandlerResult, Json, List, Paging, Query, RequestContext, access::StaffGrant, users,
};
use schemars::JsonSchema;
use serde::Serialize;

/// A sign-in attempt of a user.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserSignInView {
    /// Id of the session that the attempt created. A failed attempt has an id without a session.
    id: SessionId,
    /// Time of the attempt.
    timestamp: Timestamp,
    /// IP address of the attempt.
    ip: String,
    /// User agent of the attempt.
    user_agent: String,
    /// Result of the attempt.
    status: SignInStatus,
    /// Reason for the failure, such as `wrong_password`, `locked` or `suspended`; null for a
    /// successful attempt.
    reason: Option<String>,
    /// Device of the attempt.
    device: Device,
    /// Authentication method, such as `password`.
    auth_method: String,
    /// Whether the sign-in used a second factor.
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
pub async fn list_user_login_history(
    ctx: RequestContext<StaffGrant>,
    Query(paging): Query<Paging>,
) -> HandlerResult<Json<List<UserSignInView>>> {
    let request = ctx.page_request(&paging).await?;
    let user = users::named(&ctx).await?.user_id;
    let page = ctx.app.store().login_history(user, &request, ctx.now()).await?;
    Ok(Json::new(ctx.list(page.map(UserSignInView::from), &request).await?))
}
