//! `GET /api/admin/users/{id}/sessions`: the active sessions of a user.

pub(crate) mod revoke;

use std::collections::HashMap;

use provost_domain::{
    SessionId, Timestamp,
    device::Device,
    page::Page,
    session::{LiveSession, SignIn},
};
use provost_http::{
    HandlerResult, Json, List, Paging, Query, RequestContext, access::StaffGrant, users,
};
use schemars::JsonSchema;
use serde::Serialize;

/// An active session of a user.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserSessionView {
    /// Session id.
    id: SessionId,
    /// Time of the sign-in.
    created_at: Timestamp,
    /// Time of the last refresh.
    last_active_at: Timestamp,
    /// Time at which the session ends unless it is refreshed.
    expires_at: Timestamp,
    /// IP address of the sign-in; null when the sign-in is older than the login history of 90 days.
    ip: Option<String>,
    /// User agent of the sign-in; null when the sign-in is older than the login history.
    user_agent: Option<String>,
    /// Device of the sign-in; null when the sign-in is older than the login history.
    device: Option<Device>,
    /// Authentication method, such as `password`; null when the sign-in is older than the login
    /// history.
    auth_method: Option<String>,
    /// Whether the sign-in used a second factor.
    mfa: bool,
    /// Staff member who impersonates the user in this session; null in the user's own sessions.
    impersonated_by: Option<String>,
    /// Whether the request was made with this session.
    current: bool,
}

/// Lists a user's sessions.
///
/// # Errors
/// `INVALID_USER_ID` when there is no such user.
pub async fn list_user_sessions(
    ctx: RequestContext<StaffGrant>,
    Query(paging): Query<Paging>,
) -> HandlerResult<Json<List<UserSessionView>>> {
    let request = ctx.page_request(&paging).await?;
    let user = users::named(&ctx).await?;
    let now = ctx.now();
    let live: Vec<(SessionId, LiveSession)> =
        user.sessions.into_iter().filter(|(_, session)| now < session.expires_at).rev().collect();
    // At most twenty sessions, so the whole list is available and the total is its length.
    let page = Page::of(live, &request);
    let sign_ins =
        ctx.app.store().sign_ins(user.user_id, page.rows.iter().map(|(id, _)| *id)).await?;
    let mut sign_ins: HashMap<SessionId, SignIn> =
        sign_ins.into_iter().map(|sign_in| (sign_in.id, sign_in)).collect();
    let current = ctx.caller.session();
    let page = page.map(|(id, session)| view(id, session, sign_ins.remove(&id), current));
    Ok(Json::new(ctx.list(page, &request).await?))
}

fn view(
    id: SessionId,
    session: LiveSession,
    sign_in: Option<SignIn>,
    current: Option<SessionId>,
) -> UserSessionView {
    // An id contains its time of creation, even if the sign-in itself is older than the history.
    let began = Timestamp::from_millis(i64::try_from(id.ulid().timestamp_ms()).unwrap_or(i64::MAX));
    let (created_at, ip, user_agent, device, auth_method, impersonated_by) = match sign_in {
        Some(s) => (
            s.created_at,
            Some(s.ip),
            Some(s.user_agent),
            Some(s.device),
            Some(s.auth_method),
            s.impersonated_by,
        ),
        None => (began, None, None, None, None, None),
    };
    UserSessionView {
        id,
        created_at,
        last_active_at: session.last_active_at,
        expires_at: session.expires_at,
        ip,
        user_agent,
        device,
        auth_method,
        mfa: session.mfa,
        impersonated_by,
        current: current == Some(id),
    }
}
