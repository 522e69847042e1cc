//! `GET /api/users/me/login-history`: list attempts to sign in to this account in the last 90 days,
//! with their results.

use provost_domain::{
    SessionId, Timestamp,
    device::Device,
    session::{SignIn, SignInStatus},
};
use provost_http::{HandlerResult, Json, List, Paging, Query, RequestContext, SignedInGrant};
use schemars::JsonSchema;
use serde::Serialize;

/// A sign-in attempt.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignInView {
    /// Id of the session that the sign-in created, or would have created.
    pub id: SessionId,
    /// Time of the attempt.
    pub at: Timestamp,
    /// Result of the attempt.
    pub status: SignInStatus,
    /// Reason for a failure: `wrong_password`, `locked`, `suspended`, `inactive`,
    /// `deletion_pending`, `second_factor_required`, `wrong_code`, `used_code` or
    /// `password_reset_required`; null for a success.
    pub reason: Option<String>,
    /// IP address of the client.
    pub ip: String,
    /// User agent of the client.
    pub user_agent: String,
    /// Device, derived from the user agent.
    pub device: Device,
    /// Authentication method, such as `password`.
    pub auth_method: String,
    /// Whether a second factor was used.
    pub mfa: bool,
}

impl From<SignIn> for SignInView {
    fn from(attempt: SignIn) -> Self {
        let SignIn {
            id,
            created_at,
            status,
            reason,
            ip,
            country: _,
            user_agent,
            device,
            auth_method,
            mfa,
            impersonated_by: _,
        } = attempt;
        Self { id, at: created_at, status, reason, ip, user_agent, device, auth_method, mfa }
    }
}

pub async fn list_my_login_history(
    ctx: RequestContext<SignedInGrant>,
    Query(paging): Query<Paging>,
) -> HandlerResult<Json<List<SignInView>>> {
    let request = ctx.page_request(&paging).await?;
    let page = ctx.app.store().login_history(ctx.caller.user.user_id, &request, ctx.now()).await?;
    Ok(Json::new(ctx.list(page.map(SignInView::from), &request).await?))
}
