//! Requests to the portal, from their arrival to their response: session, protection against other
//! sites, page.

use crate::ui::{
    language::{self, Language},
    texts::say,
};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use http::{HeaderMap, HeaderName, Method, StatusCode, header};
use maud::html;
use provost_http::{HandlerResult, PublicGrant, RequestContext};

use super::{
    SIGN_IN,
    acting::{self, ActingState},
    answer::{Answer, PortalReply, Stop},
    assets,
    fields::Fields,
    request::PortalRequest,
    session::{self, Acting, Cookies, Session, SessionState},
    visit::{Person, Visit},
};
use crate::{
    client::{CallError, Client},
    staff::{self, sign_in},
    ui::{forms, frame},
};

const SIGN_OUT: &str = "/staff/sign-out";
/// The cookie in which the script stores the time zone of the browser.
const ZONE: &str = "provost-zone";

/// Handles a request to a path of the portal.
///
/// # Errors
/// Never; problems are shown as pages.
pub async fn handle(
    ctx: RequestContext<PublicGrant>,
    method: Method,
    request: PortalRequest,
) -> HandlerResult<PortalReply> {
    let language = Language::of(&ctx.headers);
    language::with(language, rendered(ctx, method, request)).await
}

async fn rendered(
    ctx: RequestContext<PublicGrant>,
    method: Method,
    request: PortalRequest,
) -> HandlerResult<PortalReply> {
    let path = path_of(&ctx);
    if let Some(asset) = path.strip_prefix("/staff/assets/") {
        let found = asset.split_once('/').and_then(|(version, name)| assets::serve(version, name));
        return Ok(found.unwrap_or_else(|| not_found(None)));
    }
    let Some(client) = Client::new(&ctx.app, &ctx.headers, ctx.origin.ip.as_deref()) else {
        return Ok(unreachable_api(None));
    };
    let cookies = Cookies::of(ctx.app.public_url());
    let (query, form) = (Fields::read(request.query.as_bytes()), request.form);
    if method == Method::POST && !is_same_origin(&ctx.headers, ctx.app.public_url()) {
        return Ok(refused_form("This form was sent by another site, so nothing was done."));
    }
    if path == SIGN_IN {
        return Ok(sign_in::handle(&ctx, &client, cookies, &method, &query, &form).await);
    }
    let here = query.path(&path);
    let mut session = match session::read(cookies, &ctx.headers, &client, &ctx.app).await {
        Ok(SessionState::SignedIn(session)) => *session,
        Ok(SessionState::SignedOut { had_session }) => {
            // What was meant for a user is not sent by the member of staff after signing in.
            let was_acting = acting::is_set(cookies, &ctx.headers);
            let kept = if was_acting { Fields::default() } else { form };
            return Ok(signed_out(&method, &here, &kept, had_session, cookies));
        }
        Err(_) => return Ok(unreachable_api(None)),
    };
    let acting = acting::read(cookies, &ctx.headers, &session, &ctx.app);
    if path == acting::STOP {
        return Ok(stop_acting(&method, &form, &session, &client, acting, cookies).await);
    }
    match acting {
        ActingState::No => {}
        ActingState::Live(acting) => session.acting = Some(acting),
        ActingState::Over => return Ok(acting_is_over(&method, cookies)),
    }
    if method == Method::POST && !has_token(&form, &session, &path) {
        return Ok(refused_form(
            "This form belongs to a session that has ended. Go back, reload the page, and send it again.",
        ));
    }
    let own = client.with_token(&session.tokens.access);
    let api = match &session.acting {
        Some(acting) => client.with_token(&acting.token),
        None => own.clone(),
    };
    if path == SIGN_OUT && method == Method::POST {
        return Ok(sign_in::sign_out(&own, cookies).await);
    }
    let (person, actor) = tokio::join!(api.get("/api/users/me"), actor(&own, &session));
    let actor_language = actor.as_ref().and_then(Person::language);
    let is_acting = session.acting.is_some();
    if let Some(acting) = &mut session.acting {
        acting.actor = actor.map_or(session.user.to_string(), |actor| actor.name().to_owned());
    }
    let only_looks = session.acting.as_ref().is_some_and(|acting| acting.only_looks);
    let person = match person {
        Ok(person) => Person::new(person, staff::is_action).only_looks(only_looks),
        Err(CallError::Refused(_)) if session.acting.is_some() => {
            return Ok(acting_is_over(&method, cookies));
        }
        Err(CallError::Refused(refusal)) if refusal.status == 401 => {
            return Ok(signed_out(&method, &here, &form, true, cookies));
        }
        Err(CallError::Refused(refusal)) => {
            let page = frame::bare(&refusal.title, &frame::refusal(&refusal));
            return Ok(PortalReply::html(status(refusal.status), page).cookies(cookies.delete()));
        }
        Err(CallError::Failed) => return Ok(unreachable_api(None)),
    };
    let visit = Visit {
        zone: zone(&ctx.headers),
        app: ctx.app.clone(),
        api,
        session,
        person,
        path,
        params: Vec::new(),
        done: staff::done_sentence(query.text("done")),
        query,
        form,
        cookies,
        replaced: std::sync::Mutex::new(None),
        set_cookies: std::sync::Mutex::default(),
    };
    // Who acts as a user reads their own language.
    let chosen = if is_acting { actor_language } else { visit.person.language() };
    let language = chosen.unwrap_or_else(language::current);
    Ok(language::with(language, respond(visit, &method, &here, cookies)).await)
}

/// The path of the request, percent-decoded once.
fn path_of(ctx: &RequestContext<PublicGrant>) -> String {
    let route = ctx.origin.route.split(' ').next_back().unwrap_or_default();
    match route.split_once("/{*path}") {
        Some((root, _)) => format!("{root}/{}", ctx.param("path").trim_end_matches('/')),
        None => route.to_owned(),
    }
}

/// Renders the page of a visit.
async fn respond(mut visit: Visit, method: &Method, here: &str, cookies: Cookies) -> PortalReply {
    let Some((page, params)) = staff::pages().find(method, &visit.path) else {
        return not_found(Some(&visit));
    };
    visit.params = params;
    let result = (page.handler)(&visit).await;
    let reply = match result {
        Ok(Answer::Page(content)) => {
            let html = frame::page(&visit, &content.title, &content.body);
            PortalReply::of(&content, html)
        }
        Ok(Answer::SeeOther(path)) => PortalReply::see_other(&path),
        Ok(Answer::File { content_type, name, bytes }) => PortalReply::bytes(content_type, bytes)
            .with(
                header::CONTENT_DISPOSITION,
                &format!("attachment; filename=\"{}\"", name.replace(['"', '\\'], "")),
            ),
        Err(Stop::Refused(refusal)) if refusal.status == 401 && visit.session.acting.is_some() => {
            return acting_is_over(method, cookies);
        }
        Err(Stop::Refused(refusal)) if refusal.status == 401 => {
            return signed_out(method, here, &visit.form, true, cookies);
        }
        Err(Stop::Refused(refusal)) => {
            let body =
                html! { h1 { (say("This page cannot be shown")) } (frame::refusal(&refusal)) };
            PortalReply::html(status(refusal.status), frame::page(&visit, &refusal.title, &body))
        }
        Err(Stop::Failed) => unreachable_api(Some(&visit)),
        Err(Stop::NotFound) => not_found(Some(&visit)),
    };
    let set = std::mem::take(
        &mut *visit.set_cookies.lock().unwrap_or_else(std::sync::PoisonError::into_inner),
    );
    let reply = reply.cookies(set);
    let replaced = visit.replaced.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
    let now = visit.app.now();
    match replaced.or_else(|| visit.session.renewed.then(|| visit.session.clone())) {
        Some(session) => reply.cookies(cookies.store(&session.tokens, session.signed_in_at, now)),
        None => reply,
    }
}

/// Asks a person to sign in. What they sent in a form is kept on the page.
fn signed_out(
    method: &Method,
    here: &str,
    form: &Fields,
    had_session: bool,
    cookies: Cookies,
) -> PortalReply {
    let reply = if *method == Method::POST {
        PortalReply::html(StatusCode::UNAUTHORIZED, sign_in::with_kept_form(here, form))
    } else {
        PortalReply::see_other(&Fields::default().with("next", here).path(SIGN_IN))
    };
    if had_session { reply.cookies(cookies.delete()) } else { reply }
}

/// Whether a form comes from a page of this origin. Browsers send `Sec-Fetch-Site` to every
/// trustworthy origin, and `Origin` with every form.
fn is_same_origin(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text(HeaderName::from_static("sec-fetch-site")) {
        return site == "same-origin";
    }
    let Some(origin) = text(header::ORIGIN) else { return false };
    let host = text(header::HOST).unwrap_or_default();
    origin == public_url || origin.split_once("://").is_some_and(|(_, sender)| sender == host)
}

/// The member of staff who acts as a user.
async fn actor(own: &Client, session: &Session) -> Option<Person> {
    session.acting.as_ref()?;
    let actor = own.get("/api/users/me").await.ok()?;
    Some(Person::new(actor, staff::is_action))
}

/// Ends an impersonation, and returns to the user's page as the member of staff.
async fn stop_acting(
    method: &Method,
    form: &Fields,
    session: &Session,
    client: &Client,
    acting: ActingState,
    cookies: Cookies,
) -> PortalReply {
    if *method != Method::POST || !has_token(form, session, acting::STOP) {
        return PortalReply::see_other("/staff");
    }
    let next = match acting {
        ActingState::Live(acting) => {
            acting::stop(client, &acting).await;
            let Acting { target, .. } = *acting;
            format!("/staff/users/{target}?done=stopped-acting")
        }
        ActingState::No | ActingState::Over => "/staff?done=stopped-acting".to_owned(),
    };
    PortalReply::see_other(&next).cookies(vec![acting::delete(cookies)])
}

/// The impersonation has ended: nothing that was meant for the user is done as the member of staff.
fn acting_is_over(method: &Method, cookies: Cookies) -> PortalReply {
    let reply = if *method == Method::POST {
        refused_form("You no longer act as the user, so this form was not sent.")
    } else {
        PortalReply::see_other("/staff?done=acting-is-over")
    };
    reply.cookies(vec![acting::delete(cookies)])
}

/// Signing out and stopping belong to the person, not to the user they act as.
fn has_token(form: &Fields, session: &Session, path: &str) -> bool {
    let expected = if [SIGN_OUT, acting::STOP].contains(&path) {
        session.tokens.form_token()
    } else {
        session.form_token()
    };
    verify_slices_are_equal(form.text(forms::TOKEN).as_bytes(), expected.as_bytes()).is_ok()
}

fn refused_form(sentence: &str) -> PortalReply {
    let body = html! { h1 { (say("Nothing was done")) } p { (say(sentence)) } p { a href="/staff" { (say("Continue")) } } };
    PortalReply::html(StatusCode::FORBIDDEN, frame::bare("Nothing was done", &body))
}

fn not_found(visit: Option<&Visit>) -> PortalReply {
    let body = html! {
        h1 { (say("This page does not exist")) }
        p { (say("Check the address.")) " " a href="/staff" { (say("Go to the first page")) } }
    };
    let title = "Not found";
    let page =
        visit.map_or_else(|| frame::bare(title, &body), |visit| frame::page(visit, title, &body));
    PortalReply::html(StatusCode::NOT_FOUND, page)
}

fn unreachable_api(visit: Option<&Visit>) -> PortalReply {
    let body = html! {
        h1 { (say("The service did not respond")) }
        p { (say("Nothing was lost. Try again in a moment: reload the page, or send the form again.")) }
    };
    let title = "No response";
    let page =
        visit.map_or_else(|| frame::bare(title, &body), |visit| frame::page(visit, title, &body));
    PortalReply::html(StatusCode::SERVICE_UNAVAILABLE, page)
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// The time zone that the browser told in a cookie; UTC without one.
fn zone(headers: &HeaderMap) -> jiff::tz::TimeZone {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == ZONE)
        .and_then(|(_, name)| jiff::tz::TimeZone::get(name).ok())
        .unwrap_or(jiff::tz::TimeZone::UTC)
}
