//! One request, from its arrival to its response: access first, then the body, then the handler.
//! Collisions are decided again, and errors of staff routes are audited.

mod idempotency;
mod refusal;

use std::{sync::Arc, time::Duration};

use axum::{extract::Request, response::Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use lambda_http::request::RequestContext as GatewayContext;
use provost_app::App;
use provost_auth::{Presented, secret::SYSTEM_KEY_PREFIX};
use provost_domain::{
    ApiError, Code, RequestId, Timestamp, api_key::SELF_READ, audit::Origin, identity::Identity,
};
use provost_store::{idempotency::Remembered, transaction::jitter};
use tracing::{Instrument, error, info, info_span};

use crate::{
    access::{AccessGrant, AccessRule, Params, is_audited},
    input::{Incoming, no_body, no_query},
    middleware::behind_cdn,
    problem::{HandlerError, HandlerResult},
    received::{Received, Refusal},
    reply::{IntoReply, Reply, finish},
    request_context::{RequestContext, reused},
    route::{Effect, Handler, Route},
};
use refusal::{audit_impersonated, audit_refusal, audit_refused_impersonation, refused_caller};

/// Maximum number of times a request is decided again after a collision. Concurrent changes of one
/// account succeed one after another, so each of them may collide often.
const ATTEMPTS: u32 = 40;
/// Time limit for deciding again: the functions behind the API are stopped after ten seconds.
const MAX_LENGTH: Duration = Duration::from_secs(8);
/// The header of a consistency token, in the response to a change and in requests of lists.
pub const CONSISTENCY_TOKEN: HeaderName = HeaderName::from_static("x-consistency-token");

pub(crate) async fn dispatch(
    app: App,
    row: Arc<Route>,
    params: Params,
    request: Request,
) -> Response {
    let started = app.now();
    let request_id = app.id(RequestId::new);
    let app = app.for_request(request_id);
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
    // Services may send their key in a header of its own.
    let token = text(HeaderName::from_static("x-system-token"))
        .filter(|token| token.starts_with(SYSTEM_KEY_PREFIX))
        .map(|token| format!("Bearer {token}"));
    let authorization = text(header::AUTHORIZATION).or(token.as_deref());
    let presented = Presented::read(authorization, app.verifier(), started);
    let origin = Origin {
        ip,
        user_agent,
        request_id,
        route: format!("{} {}", row.method, row.path),
        api_key: matches!(presented, Presented::ApiKey { .. }),
    };
    let received = Arc::new(Received::new(origin, parts, body, params, presented, row.page));
    let span = info_span!(
        "request",
        request.id = %request_id,
        route = received.origin.route,
        caller = caller_kind(&received.presented)
    );
    respond(app, row, received, started).instrument(span).await
}

/// Decides a request and logs its result, within the request's span.
async fn respond(
    app: App,
    row: Arc<Route>,
    received: Arc<Received>,
    started: Timestamp,
) -> Response {
    let request_id = received.origin.request_id;
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
                error!(
                    ?conflict,
                    "request {request_id} failed: its handler does not handle this conflict"
                );
            }
            if let HandlerError::Failed { action, cause } = &problem {
                error!(action, cause = %chain(cause.as_ref()), "request {request_id} failed");
            }
            if let Some(refusal) = refusal {
                audit_refusal(&app, &received.origin, *refusal, problem.code()).await;
            }
            // The caller still gets the response; an error code missing from the API description is
            // a bug.
            if !row.codes().contains(&problem.code()) {
                error!(
                    code = problem.code().as_str(),
                    "the description does not name this refusal; add it to the row"
                );
            }
            if row.page && wants_page(&received.parts.headers) {
                problem.into_page(request_id)
            } else {
                problem.into_response(request_id)
            }
        }
    };
    let written = received.counted.written().await;
    if !written.is_empty()
        && let Ok(token) = HeaderValue::from_str(&written.to_string())
    {
        response.headers_mut().insert(CONSISTENCY_TOKEN, token);
    }
    finish(response.headers_mut(), request_id);
    let status = response.status().as_u16();
    let caller = received.presented.user().map(|user| user.to_string()).unwrap_or_default();
    info!(
        user.id = caller,
        status,
        code = refused,
        millis = app.now().since(started),
        "{} answered {status}",
        received.origin.route
    );
    response
}

/// The kind of the caller by the credential of the request, before it is decided.
const fn caller_kind(presented: &Presented) -> &'static str {
    match presented {
        Presented::Nothing => "anonymous",
        Presented::Session { .. } => "user",
        Presented::Impersonation { .. } => "impersonator",
        Presented::ApiKey { .. } => "api_key",
        Presented::SystemKey { .. } => "system_key",
        Presented::Expired => "expired",
        Presented::Unknown => "invalid",
    }
}

/// Whether the client is a browser.
pub fn wants_page(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
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
        Err(problem) if received.presented.impersonator().is_some() => {
            let audited = audit_refused_impersonation(app, received, problem.code()).await;
            return Err((audited.err().unwrap_or(problem), None));
        }
        Err(problem) => {
            let refusal = if access.keeps_refusal(problem.code()) {
                refused_caller(app, &received.presented).await
            } else {
                None
            };
            return Err((problem, refusal));
        }
    };
    if let Some(identity) = grant.identity() {
        let accepted = access.identities().check(identity, effect);
        if let Identity::Impersonated { target, by } = identity {
            let refused = accepted.as_ref().err().map(|refused| refused.code);
            audit_impersonated(app, received, by.actor.clone(), target.subject(), refused)
                .await
                .map_err(|problem| (problem, None))?;
        }
        accepted.map_err(|refused| (refused.into(), None))?;
    }
    let staff = grant.caller().filter(|caller| grant.by_permission() && caller.user.is_staff());
    let actor = staff.map(|caller| Box::new(Refusal { actor: caller.actor() }));
    answer::<R, H, Args>(app, received, grant, effect, handler).await.map_err(|problem| {
        let kept = actor.filter(|_| is_audited(problem.code()));
        (problem, kept)
    })
}

async fn answer<R, H, Args>(
    app: &App,
    received: &Received,
    grant: R::Grant,
    effect: Effect,
    handler: &H,
) -> HandlerResult<Reply>
where
    R: AccessRule,
    H: Handler<R::Grant, Args>,
{
    let headers = &received.parts.headers;
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
        received.body(H::MAX_SIZE, H::IF_LARGER).await?
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
    let idempotency = idempotency::read(received, grant.identity(), &body)?;
    if let Some(key) = &idempotency {
        received.mark.get_or_init(|| key.mark());
        match app.store().remembered(key, app.now()).await? {
            Remembered::Nothing => {}
            Remembered::Answered(answered) => return Err(HandlerError::Replay(Box::new(answered))),
            Remembered::OtherBody => return Err(reused().into()),
        }
    }
    let ctx = RequestContext {
        app: app.clone(),
        origin: received.origin.clone(),
        headers: headers.clone(),
        grant,
        params: received.params.clone(),
        idempotency,
        query,
        api_id: api_id(&received.parts),
        presented: received.presented.clone(),
        counted: received.counted.clone(),
        mark: received.mark.get().cloned(),
    };
    handler.handle(ctx, incoming).await.map(|answer| answer.reply())
}

/// The id of the API, by the gateway's context.
fn api_id(parts: &http::request::Parts) -> Option<String> {
    match parts.extensions.get::<GatewayContext>() {
        Some(GatewayContext::ApiGatewayV2(context)) => context.apiid.clone(),
        _ => None,
    }
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
