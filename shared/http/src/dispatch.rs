//! One request, from its arrival to its response: access first, then the body, then the handler.
//! Collisions are decided again, and errors of staff routes are audited.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::{extract::Request, response::IntoResponse};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header, request::Parts};
use http_body_util::{BodyExt, Limited};
use lambda_http::request::RequestContext as GatewayContext;
use provost_app::App;
use provost_auth::Presented;
use provost_domain::{
    ApiError, Code, RequestId,
    api_key::SELF_READ,
    audit::{Origin, Resource},
};
use provost_store::{idempotency::Remembered, transaction::jitter};
use tracing::{error, info, warn};

use crate::{
    access::{AccessGrant, AccessRule, Params, is_audited},
    behind_cdn,
    counted::Counted,
    idempotency,
    input::{Incoming, no_body, no_query},
    problem::{HandlerError, HandlerResult},
    refusals,
    reply::{IntoReply, Reply},
    request_context::{RequestContext, reused},
    routes::{Effect, Handler, Route},
};

/// Maximum number of times a request is decided again after a collision. Concurrent changes of one
/// account succeed one after another, so each of them may collide often.
const ATTEMPTS: u32 = 40;
/// Time limit for deciding again: the functions behind the API are stopped after ten seconds.
const MAX_LENGTH: Duration = Duration::from_secs(8);
/// The portal's header. A browser sends cookies automatically, even for another site; it does not
/// send this header for one (OWASP CSRF prevention, custom request headers).
pub(crate) const PORTAL: &str = "x-provost-portal";

pub(crate) type Outcome =
    Pin<Box<dyn Future<Output = Result<Reply, (HandlerError, Option<Box<Refusal>>)>> + Send>>;
pub(crate) type Run = Arc<dyn Fn(App, Arc<Received>) -> Outcome + Send + Sync>;

/// A refused request, for the audit log.
pub(crate) struct Refusal {
    actor: provost_domain::audit::Actor,
}

/// A request as received, before anything is verified.
pub(crate) struct Received {
    pub(crate) origin: Origin,
    pub(crate) parts: Parts,
    params: Params,
    presented: Presented,
    counted: Arc<Counted>,
    mark: OnceLock<String>,
    body: tokio::sync::Mutex<BodyState>,
    /// Whether the route is a page for browsers.
    page: bool,
}

enum BodyState {
    Unread(axum::body::Body),
    Read(Bytes),
    Gone,
}

pub(crate) async fn dispatch(
    app: App,
    row: Arc<Route>,
    params: Params,
    request: Request,
) -> impl IntoResponse {
    let started = app.now();
    let request_id = app.id(RequestId::new);
    let (parts, body) = request.into_parts();
    let text = |name: HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
    // The address comes from the gateway's context, or from the network in front of it; headers of
    // the client are not trusted.
    let gateway = match parts.extensions.get::<GatewayContext>() {
        Some(GatewayContext::ApiGatewayV2(context)) => context.http.source_ip.clone(),
        _ => None,
    };
    let ip = behind_cdn::viewer(&app, &parts.headers).or(gateway);
    let user_agent = text(header::USER_AGENT)
        .map(|agent| agent.chars().filter(|c| !c.is_control()).take(512).collect());
    let cookies: Vec<&str> = parts
        .headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    let cookies = (!cookies.is_empty()).then(|| cookies.join("; "));
    let presented =
        Presented::read(text(header::AUTHORIZATION), cookies.as_deref(), app.verifier(), started);
    let origin =
        Origin { ip, user_agent, request_id, route: format!("{} {}", row.method, row.path) };
    let received = Arc::new(Received {
        origin,
        parts,
        params,
        presented,
        counted: Arc::default(),
        mark: OnceLock::new(),
        body: tokio::sync::Mutex::new(BodyState::Unread(body)),
        page: row.page,
    });

    let (mut attempt, since) = (0, tokio::time::Instant::now());
    let outcome = loop {
        attempt += 1;
        match (row.run)(app.clone(), received.clone()).await {
            Err((HandlerError::Collision, _))
                if attempt < ATTEMPTS && since.elapsed() < MAX_LENGTH =>
            {
                tokio::time::sleep(jitter(attempt)).await;
            }
            outcome => break outcome,
        }
    };
    let refused = match &outcome {
        Err((problem, _)) if !matches!(problem, HandlerError::Replay(_)) => problem.code().as_str(),
        _ => "",
    };
    received
        .counted
        .finish(&app, received.mark.get().map(String::as_str), !refused.is_empty())
        .await;
    let mut response = match outcome {
        Ok(reply) => reply.into_response(),
        Err((HandlerError::Replay(answered), _)) => Reply::replay(*answered).into_response(),
        Err((problem, refusal)) => {
            if let HandlerError::Conflict(conflict) = &problem {
                error!(request.id = %request_id, route = received.origin.route, ?conflict, "request {request_id} failed: its handler does not handle this conflict");
            }
            if let HandlerError::Failed { action, cause } = &problem {
                error!(request.id = %request_id, route = received.origin.route, action, cause = %chain(cause.as_ref()), "request {request_id} failed");
            }
            if let Some(refusal) = refusal {
                audit_refusal(&app, &received.origin, *refusal, problem.code()).await;
            }
            // The caller still gets the response; an error code missing from the API description is
            // a bug.
            if !refusals::codes(&row).contains(&problem.code()) {
                error!(request.id = %request_id, route = received.origin.route, code = problem.code().as_str(), "the description does not name this refusal; add it to the row");
            }
            if row.page && wants_page(&received.parts.headers) {
                problem.into_page(request_id)
            } else {
                problem.into_response(request_id)
            }
        }
    };
    finish(response.headers_mut(), request_id);
    let status = response.status().as_u16();
    let caller = received.presented.user().map(|user| user.to_string()).unwrap_or_default();
    info!(request.id = %request_id, route = received.origin.route, user.id = caller, status, code = refused, millis = app.now().since(started), "{} answered {status}", received.origin.route);
    response
}

/// Whether the client is a browser.
pub fn wants_page(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

/// The causes of an error, outermost first. They name operations and services, never values.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text.chars().take(600).collect()
}

async fn audit_refusal(app: &App, origin: &Origin, refusal: Refusal, code: Code) {
    let entry = provost_domain::audit::Entry {
        id: app.id(provost_domain::AuditId::new),
        at: app.now(),
        actor: refusal.actor,
        action: "access.refused",
        resource: Resource::Other { kind: "route", id: origin.route.clone() },
        success: false,
        reason: Some(code.as_str().to_owned()),
        changes: provost_domain::audit::Changes::new(),
        origin: origin.clone(),
    };
    // The caller gets the error even if the audit entry could not be written; the log records that.
    if let Err(error) = app.store().audit_refusal(entry, code.as_str()).await {
        warn!(request.id = %origin.request_id, cause = %error, "a refusal could not be audited");
    }
}

/// Headers of every response.
pub(crate) fn finish(headers: &mut HeaderMap, request: RequestId) {
    let fixed = [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("strict-transport-security", "max-age=63072000; includeSubDomains"),
        ("x-frame-options", "DENY"),
    ];
    for (name, value) in fixed {
        headers.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    }
    if let Ok(id) = HeaderValue::from_str(&request.to_string()) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
}

pub(crate) async fn run<R, H, Args>(
    app: &App,
    received: &Received,
    access: &R,
    effect: Effect,
    handler: &H,
) -> Result<Reply, (HandlerError, Option<Box<Refusal>>)>
where
    R: AccessRule,
    H: Handler<R::Grant, Args>,
{
    let grant = match access.decide(app, &received.presented, &received.params).await {
        Ok(grant) => grant,
        // Only an authenticated caller can be named in the entry. Reading the caller again here is
        // acceptable, since such errors are rare.
        Err(problem) => {
            let refusal = if access.keeps_refusal(problem.code()) {
                refused_caller(app, received).await
            } else {
                None
            };
            return Err((problem, refusal));
        }
    };
    let staff =
        grant.caller().filter(|caller| grant.by_permission() && caller.principal.is_staff());
    let actor = staff.map(|caller| Box::new(Refusal { actor: caller.actor() }));
    answer::<R, H, Args>(app, received, grant, effect, handler).await.map_err(|problem| {
        let kept = actor.filter(|_| is_audited(problem.code()));
        (problem, kept)
    })
}

async fn refused_caller(app: &App, received: &Received) -> Option<Box<Refusal>> {
    // Attempts of callers who are not staff only go to the log; otherwise anybody could fill the
    // audit log.
    let principal = app.store().principal(received.presented.user()?).await.ok()??;
    if !principal.is_staff() {
        return None;
    }
    Some(Box::new(Refusal { actor: provost_domain::audit::Actor::User(principal.subject()) }))
}

async fn answer<R, H, Args>(
    app: &App,
    received: &Received,
    mut grant: R::Grant,
    effect: Effect,
    handler: &H,
) -> HandlerResult<Reply>
where
    R: AccessRule,
    H: Handler<R::Grant, Args>,
{
    let headers = &received.parts.headers;
    // Where the cookie authorises nothing, such as on a page behind an emailed link, it does no
    // harm.
    if effect != Effect::Read
        && grant.caller().is_some()
        && matches!(received.presented, Presented::Session { cookie: true, .. })
        && !headers.contains_key(PORTAL)
    {
        return Err(ApiError::new(
            Code::PermissionDenied,
            "The header X-Provost-Portal is missing. Send it with every change that is authorised by the cookie.",
        )
        .into());
    }
    let own = grant.caller().filter(|_| !grant.by_permission());
    if effect == Effect::Read && own.is_some_and(|caller| !caller.reads_own()) {
        return Err(ApiError::new(
            Code::PermissionDenied,
            "This API key cannot read your own data. Use a key with the scope self.read, or without scopes.",
        )
        .with("missing", vec![SELF_READ])
        .into());
    }
    if effect != Effect::Read && own.is_some_and(provost_auth::Caller::is_narrowed) {
        return Err(ApiError::new(
            Code::PermissionDenied,
            "This API key is limited to its scopes and cannot change your own data. Sign in, or use a key without scopes.",
        )
        .into());
    }
    // A body has no meaning with GET and HEAD (RFC 9110, 9.3.1 and 9.3.2), so it is not read.
    let body = if matches!(received.parts.method, Method::GET | Method::HEAD) {
        Bytes::new()
    } else {
        read_body(received, H::MAX_SIZE).await?
    };
    let query = received.parts.uri.query().unwrap_or_default().to_owned();
    if !H::QUERY && !received.page {
        no_query(&query)?;
    }
    let incoming = Incoming {
        query: query.clone(),
        headers: headers.clone(),
        body: body.clone(),
        page: received.page,
    };
    if !H::BODY {
        no_body(&incoming)?;
    }
    let idempotency = idempotency::read(received, grant.caller(), &body)?;
    if let Some(key) = &idempotency {
        received.mark.get_or_init(|| key.mark());
        match app.store().remembered(key, app.now()).await? {
            Remembered::Nothing => {}
            Remembered::Answered(answered) => return Err(HandlerError::Replay(Box::new(answered))),
            Remembered::OtherBody => return Err(reused().into()),
        }
    }
    if let Some(caller) = grant.caller_mut() {
        note_key_use(app, caller).await;
    }
    let ctx = RequestContext {
        app: app.clone(),
        origin: received.origin.clone(),
        headers: headers.clone(),
        grant,
        params: received.params.clone(),
        idempotency,
        query,
        presented: received.presented.clone(),
        counted: received.counted.clone(),
        mark: received.mark.get().cloned(),
    };
    handler.handle(ctx, incoming).await.map(|answer| answer.reply())
}

async fn read_body(received: &Received, most: usize) -> Result<Bytes, ApiError> {
    let mut state = received.body.lock().await;
    match std::mem::replace(&mut *state, BodyState::Gone) {
        BodyState::Read(bytes) => {
            *state = BodyState::Read(bytes.clone());
            Ok(bytes)
        }
        BodyState::Unread(body) => {
            let bytes = Limited::new(body, most)
                .collect()
                .await
                .map_err(|_| {
                    ApiError::new(
                        Code::TooLarge,
                        format!("The body is too large. Send at most {} MiB.", most >> 20),
                    )
                })?
                .to_bytes();
            *state = BodyState::Read(bytes.clone());
            Ok(bytes)
        }
        BodyState::Gone => Err(ApiError::new(
            Code::Unavailable,
            "The body could not be read. Send the request again.",
        )),
    }
}

/// Records the use of an API key, at most once in five minutes. It does not affect the decision: if
/// the write fails, the request continues.
async fn note_key_use(app: &App, caller: &mut provost_auth::Caller) {
    let provost_auth::Credential::ApiKey(id) = caller.credential else { return };
    let last = caller.principal.api_keys.get(&id).and_then(|key| key.last_used_at);
    let now = app.now();
    if last.is_some_and(|last| now.since(last) < provost_domain::api_key::LAST_USE_EVERY) {
        return;
    }
    if let Err(error) = app.store().note_key_use(caller.principal.user_id, id, now).await {
        warn!(key.id = %id, cause = %error, "the use of key {id} could not be noted");
        return;
    }
    // The handler's writes are based on what was read; they must not restore the earlier time.
    if let Some(key) = caller.principal.api_keys.get_mut(&id) {
        key.last_used_at = Some(now);
    }
}
