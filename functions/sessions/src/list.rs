//! `GET /api/sessions/{userId}`: list a user's active sessions, newest first.

use std::collections::BTreeMap;

use provost_domain::{
    ApiError, Permission, SessionId, Timestamp,
    device::Device,
    page::Page,
    session::{LiveSession, SignIn},
};
use provost_http::{HandlerResult, Json, List, Paging, Query, RequestContext, SelfOrStaffGrant};
use schemars::JsonSchema;
use serde::Serialize;

/// An active session.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionView {
    /// Session id.
    pub id: SessionId,
    /// Time of sign-in.
    pub created_at: Timestamp,
    /// Time of the last refresh.
    pub last_active_at: Timestamp,
    /// Time when the session ends unless it is refreshed.
    pub expires_at: Timestamp,
    /// IP address at sign-in; null if that was more than 90 days ago. For another user's session,
    /// requires `session.read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip: Option<Option<String>>,
    /// User agent at sign-in; null if that was more than 90 days ago. For another user's session,
    /// requires `session.read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<Option<String>>,
    /// Device, derived from the user agent; null if the sign-in was more than 90 days ago.
    pub device: Option<Device>,
    /// Authentication method, such as `password`; null if the sign-in was more than 90 days ago.
    pub auth_method: Option<String>,
    /// Whether a second factor was used.
    pub mfa: bool,
    /// Whether it is the session of this request.
    pub current: bool,
    /// Names of fields that are omitted because the caller lacks the permission.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub redacted: Vec<&'static str>,
}

pub async fn list_sessions(
    ctx: RequestContext<SelfOrStaffGrant>,
    Query(paging): Query<Paging>,
) -> HandlerResult<Json<List<SessionView>>> {
    let (store, now) = (ctx.app.store(), ctx.now());
    let request = ctx.page_request(&paging).await?;
    let user = if ctx.own {
        ctx.caller.user.clone()
    } else {
        store.user(ctx.user).await?.ok_or_else(ApiError::no_such_user)?
    };
    let live: Vec<(SessionId, LiveSession)> =
        user.sessions.into_iter().rev().filter(|(_, session)| now < session.expires_at).collect();
    let page = Page::of(live, &request);
    let began: BTreeMap<SessionId, SignIn> = store
        .sign_ins(ctx.user, page.rows.iter().map(|(id, _)| *id))
        .await?
        .into_iter()
        .map(|sign_in| (sign_in.id, sign_in))
        .collect();
    let current = ctx.caller.session();
    let sees_origin = ctx.own || ctx.caller.permissions.contains(&Permission::SessionRead);
    let page = page.map(|(id, session)| {
        view(id, session, began.get(&id).cloned(), current == Some(id), sees_origin)
    });
    Ok(Json::new(ctx.list(page, &request).await?))
}

fn view(
    id: SessionId,
    session: LiveSession,
    began: Option<SignIn>,
    current: bool,
    sees_origin: bool,
) -> SessionView {
    // The history ends after 90 days, but the id contains the time.
    let created_at =
        Timestamp::from_millis(i64::try_from(id.ulid().timestamp_ms()).unwrap_or(i64::MAX));
    let (ip, user_agent, device, auth_method) = match began {
        Some(began) => {
            (Some(began.ip), Some(began.user_agent), Some(began.device), Some(began.auth_method))
        }
        None => (None, None, None, None),
    };
    SessionView {
        id,
        created_at,
        last_active_at: session.last_active_at,
        expires_at: session.expires_at,
        ip: sees_origin.then_some(ip),
        user_agent: sees_origin.then_some(user_agent),
        device,
        auth_method,
        mfa: session.mfa,
        current,
        redacted: if sees_origin { Vec::new() } else { vec!["ip", "userAgent"] },
    }
}
