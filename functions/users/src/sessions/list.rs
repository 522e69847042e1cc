//! `GET /v1/users/{user_id}/sessions`: the active sessions of a user.

use std::collections::HashMap;

use provost_api::SnakeList;
use provost_domain::{
    ApiError, Permission, SessionId, Timestamp,
    device::Device,
    page::Page,
    session::{LiveSession, SignIn},
};
use provost_http::{HandlerResult, Json, Paging, Query, RequestContext, access::StaffGrant, users};
use schemars::JsonSchema;
use serde::Serialize;

/// An active session of a user.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DirectorySession {
    /// Session id.
    id: SessionId,
    /// Whether the request was made with this session.
    current: bool,
    /// Time of the sign-in.
    created_at: Timestamp,
    /// Time of the last refresh.
    last_active_at: Timestamp,
    /// Time at which the session ends unless it is refreshed.
    expires_at: Timestamp,
    /// Authentication method, such as `password`; null when the sign-in is older than the login
    /// history of 90 days.
    auth_method: Option<String>,
    /// Whether the sign-in used a second factor.
    mfa: bool,
    /// Device of the sign-in; null when the sign-in is older than the login history.
    device: Option<Device>,
    /// IP address of the sign-in; null when the sign-in is older than the login history. Requires
    /// `session.read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    ip: Option<Option<String>>,
    /// User agent of the sign-in; null when the sign-in is older than the login history. Requires
    /// `session.read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<Option<String>>,
    /// Staff member who impersonates the user in this session; null in the user's own sessions.
    impersonated_by: Option<String>,
    /// Names of the fields that the caller cannot see.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    redacted: Vec<&'static str>,
}

/// Lists a user's sessions.
///
/// # Errors
/// `INVALID_USER_ID` when there is no such user.
pub async fn list_directory_sessions(
    ctx: RequestContext<StaffGrant>,
    Query(paging): Query<Paging>,
) -> HandlerResult<Json<SnakeList<DirectorySession>>> {
    let paging = Paging { limit: paging.limit.or(Some(crate::DEFAULT_LIMIT)), ..paging };
    let request = ctx.page_request(&paging).await?;
    let id = users::named_id_in(&ctx, "user_id").await?;
    let store = ctx.app.store();
    let user = store.user(id).await?.ok_or_else(ApiError::no_such_user)?;
    let now = ctx.now();
    let live: Vec<(SessionId, LiveSession)> =
        user.sessions.into_iter().filter(|(_, session)| now < session.expires_at).rev().collect();
    // At most twenty sessions, so the whole list is available and the total is its length.
    let page = Page::of(live, &request);
    let began = store.sign_ins(id, page.rows.iter().map(|(id, _)| *id)).await?;
    let mut began: HashMap<SessionId, SignIn> =
        began.into_iter().map(|sign_in| (sign_in.id, sign_in)).collect();
    let current = ctx.caller.session();
    let sees_origin = ctx.caller.permissions.contains(&Permission::SessionRead);
    let page = page.map(|(id, session)| {
        view(id, &session, began.remove(&id), current == Some(id), sees_origin)
    });
    Ok(Json::new(ctx.list(page, &request).await?.into()))
}

fn view(
    id: SessionId,
    session: &LiveSession,
    began: Option<SignIn>,
    current: bool,
    sees_origin: bool,
) -> DirectorySession {
    // An id contains its time of creation, even if the sign-in itself is older than the history.
    let created =
        Timestamp::from_millis(i64::try_from(id.ulid().timestamp_ms()).unwrap_or(i64::MAX));
    let began = began.as_ref();
    DirectorySession {
        id,
        current,
        created_at: began.map_or(created, |began| began.created_at),
        last_active_at: session.last_active_at,
        expires_at: session.expires_at,
        auth_method: began.map(|began| began.auth_method.clone()),
        mfa: session.mfa,
        device: began.map(|began| began.device.clone()),
        ip: sees_origin.then(|| began.map(|began| began.ip.clone())),
        user_agent: sees_origin.then(|| began.map(|began| began.user_agent.clone())),
        impersonated_by: began.and_then(|began| began.impersonated_by.clone()),
        redacted: if sees_origin { Vec::new() } else { vec!["ip", "user_agent"] },
    }
}
