//! An action: a form, its request, and what comes afterwards.

use crate::ui::texts::say;
use bytes::Bytes;
use http::{Method, StatusCode, header};
use maud::{Markup, html};
use serde_json::{Value, json};

use super::top;
use crate::{
    client::{CallError, Received, Refusal},
    model::{
        Action, Field, Kind,
        field::{at, plain},
        input,
    },
    ui::{forms, picks, values},
    web::{
        answer::{Answer, Content, PageResult, Stop, page},
        session::{self, IDEMPOTENCY_KEY, RECENT, Session, Tokens},
        visit::{Visit, fill},
    },
};

/// Shows the form of an action.
///
/// # Errors
/// What the API refused, or that it did not respond.
pub async fn show(visit: &Visit, action: &Action) -> PageResult {
    form(visit, action, Notes::default()).await
}

/// What became of the request of an action.
#[derive(Debug)]
pub enum Sent {
    /// The API did it.
    Done(Box<Received>),
    /// Nothing is done: the page with the form says what was refused, or what would be done.
    Refused(Answer),
}

/// Sends the request of an action, and shows what comes afterwards.
///
/// # Errors
/// That the API did not respond; what it refuses is explained above the form.
pub async fn send(visit: &Visit, action: &Action) -> PageResult {
    match request(visit, action).await? {
        Sent::Refused(page) => Ok(page),
        Sent::Done(received) if !action.shown_once.is_empty() => {
            shown_once(visit, action, &received).await
        }
        Sent::Done(received) => Ok(Answer::SeeOther(next(visit, action, &received.body))),
    }
}

/// Sends the request of an action.
///
/// # Errors
/// That the API did not respond.
pub async fn request(visit: &Visit, action: &Action) -> Result<Sent, Stop> {
    let is_preview = action.preview.is_some() && visit.form.given(forms::PREVIEW).is_some();
    if needs_password(visit, action) && !is_preview {
        match sign_in_again(visit).await {
            Ok(()) => {}
            Err(CallError::Refused(refusal)) => {
                let notes = Notes { not_confirmed: Some(&refusal), ..Notes::default() };
                return form(visit, action, notes).await.map(Sent::Refused);
            }
            Err(CallError::Failed) => return Err(Stop::Failed),
        }
    }
    let current = match action.current {
        Some(route) => Some(visit.get(route).await?),
        None => None,
    };
    let inputs: Vec<_> = action.body_inputs().copied().collect();
    let mut body = input::body(&inputs, &visit.form, &visit.zone, current.as_ref());
    // The name and the type of a file are fields of their own.
    for input in inputs.iter().filter(|input| matches!(input.kind, Kind::File(_))) {
        if let Some(file) = visit.form.file(input.name) {
            body["contentType"] = media_type(&file.bytes).into();
            if body["name"].is_null() {
                body["name"] = file.name.clone().into();
            }
        }
    }
    if let Some((flag, _)) = action.preview.filter(|_| is_preview) {
        body[flag] = true.into();
    }
    let method = action.method.parse::<Method>().unwrap_or(Method::POST);
    let body = (!inputs.is_empty() || method != Method::DELETE).then_some(body);
    let key = visit.form.text(forms::KEY).to_owned();
    let version = visit.form.text(forms::VERSION).to_owned();
    let mut headers = Vec::new();
    if method == Method::POST && !key.is_empty() {
        headers.push((IDEMPOTENCY_KEY, key.as_str()));
    }
    if !version.is_empty() {
        headers.push((header::IF_MATCH, version.as_str()));
    }
    let client = client(visit);
    let file = action.file.and_then(|name| visit.form.file(name));
    let body = match (file, body) {
        (Some(file), _) => Some((media_type(&file.bytes), file.bytes.clone())),
        (None, Some(body)) => Some(("application/json", Bytes::from(body.to_string()))),
        (None, None) => None,
    };
    match client.send_bytes(method, &visit.fill(action.api), body, &headers).await {
        Ok(received) if is_preview => {
            let notes = Notes { previewed: Some(&received.body), ..Notes::default() };
            form(visit, action, notes).await.map(Sent::Refused)
        }
        Ok(received) => Ok(Sent::Done(Box::new(received))),
        Err(CallError::Refused(refusal)) => {
            let notes = Notes { refused: Some(&refusal), ..Notes::default() };
            form(visit, action, notes).await.map(Sent::Refused)
        }
        Err(CallError::Failed) => Err(Stop::Failed),
    }
}

/// The media type that the first bytes of a file say (WHATWG MIME Sniffing, 6).
fn media_type(bytes: &[u8]) -> &'static str {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [b'%', b'P', b'D', b'F', b'-', ..] => "application/pdf",
        _ => "application/octet-stream",
    }
}

/// The client of the newest session: entering the password begins one.
fn client(visit: &Visit) -> crate::client::Client {
    let replaced = visit.replaced.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    match &*replaced {
        Some(session) => visit.api.with_token(&session.tokens.access),
        None => visit.api.clone(),
    }
}

fn needs_password(visit: &Visit, action: &Action) -> bool {
    // Who acts as a user has no password of theirs; the API refuses what is sensitive.
    action.needs_recent_sign_in
        && visit.session.acting.is_none()
        && visit.now().since(visit.session.signed_in_at) > RECENT
}

/// Signs the person in with the password of the form. The earlier session is not ended here, because
/// a second click on the button still uses it; its tokens leave the browser with the response.
async fn sign_in_again(visit: &Visit) -> Result<(), CallError> {
    let password = visit.form.text(forms::PASSWORD);
    if password.is_empty() {
        return Err(CallError::Refused(Box::new(Refusal {
            status: 422,
            detail: "Enter your password to continue.".to_owned(),
            ..Refusal::default()
        })));
    }
    let mut body = json!({ "email": visit.person.email(), "password": password });
    if visit.person.has_second_factor() {
        body["code"] = visit.form.text(forms::CODE).into();
    }
    let answer = visit.api.send(Method::POST, "/api/sessions/login", Some(&body), &[]).await?.body;
    // The form keeps its token, which is made from the secret.
    let tokens = Tokens::of(&answer, visit.session.tokens.secret.clone());
    let Some(tokens) = tokens else { return Err(CallError::Failed) };
    let signed_in_at = session::signed_in_at(&visit.app, &tokens.access);
    let Some(signed_in_at) = signed_in_at else { return Err(CallError::Failed) };
    let session =
        Session { tokens, user: visit.session.user, signed_in_at, renewed: true, acting: None };
    *visit.replaced.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(session);
    Ok(())
}

/// The page after an action.
fn next(visit: &Visit, action: &Action, answer: &Value) -> String {
    let path = fill(action.then, |path| match visit.param(path) {
        "" => Some(plain(at(answer, path))),
        value => Some(value.to_owned()),
    });
    if action.done.is_empty() {
        return path;
    }
    let sign = if path.contains('?') { '&' } else { '?' };
    format!("{path}{sign}done={}", name(action))
}

/// The short name of an action in addresses: `users-ban`.
pub fn name(action: &Action) -> String {
    let parts: Vec<_> = action
        .path
        .split('/')
        .skip(2)
        .filter(|part| !part.is_empty() && !part.starts_with('{'))
        .collect();
    parts.join("-")
}

/// What the page of a form says above it.
#[derive(Debug, Clone, Copy, Default)]
struct Notes<'a> {
    refused: Option<&'a Refusal>,
    not_confirmed: Option<&'a Refusal>,
    previewed: Option<&'a Value>,
}

async fn form(visit: &Visit, action: &Action, notes: Notes<'_>) -> PageResult {
    let Notes { refused, not_confirmed, previewed } = notes;
    let current = async {
        match action.current {
            Some(route) => visit.get(route).await,
            None => Ok(Value::Null),
        }
    };
    let (subject, current, offered) =
        tokio::join!(top::read(visit, action.header), current, picks::read(visit, action.inputs));
    let (subject, current) = (subject?, current?);
    let version = match visit.form.text(forms::VERSION) {
        "" => at(&current, "version").as_u64().map(|version| format!("\"{version}\"")),
        version => Some(version.to_owned()),
    };
    let changed = refused.is_some_and(|refused| refused.status == 412);
    let version = if changed {
        // The form shows what was entered; the person decides whether it still applies.
        at(&current, "version").as_u64().map(|version| format!("\"{version}\""))
    } else {
        version
    };
    let has_password =
        needs_password(visit, action) && visit.replaced.lock().is_ok_and(|new| new.is_none());
    let back = fill(action.then, |path| values::place(visit, &subject, path));
    let body = html! {
        (top::show(visit, action.header, &subject, action.title))
        @if !action.about.is_empty() { p .about { (say(action.about)) } }
        (forms::problem(refused))
        @if let (Some(previewed), Some((_, fields))) = (previewed, action.preview) { (preview(visit, previewed, fields)) }
        @if changed && current.is_object() {
            details {
                summary { (say("Show what is stored now")) }
                pre tabindex="0" { code { (serde_json::to_string_pretty(&current).unwrap_or_default()) } }
            }
        }
        @let has_file = action.inputs.iter().any(|input| matches!(input.kind, Kind::File(_)));
        form .action method="post" action=(visit.path) enctype=[has_file.then_some("multipart/form-data")] data-once="" {
            (forms::hidden(visit))
            @if let Some(version) = version { input type="hidden" name=(forms::VERSION) value=(version); }
            (forms::fields(visit, action.inputs, current.is_object().then_some(&current), refused, &offered))
            @if has_password { (forms::password_again(visit, not_confirmed)) }
            div .buttons {
                button .danger[action.dangerous] type="submit" { (say(action.button)) }
                @if action.preview.is_some() {
                    button .plain type="submit" name=(forms::PREVIEW) value="1" formnovalidate { (say("Show what would change")) }
                }
                @if !back.contains("//") && !back.ends_with('/') { a .button.plain href=(back) { (say("Cancel")) } }
            }
        }
    };
    let status = match (refused, not_confirmed) {
        (Some(refused), _) | (None, Some(refused)) => {
            StatusCode::from_u16(refused.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY)
        }
        (None, None) => StatusCode::OK,
    };
    let title = top::title(action.header, &subject, action.title);
    Ok(Answer::Page(Content { status, ..Content::new(title, body) }))
}

/// What an action would do.
fn preview(visit: &Visit, previewed: &Value, fields: &[Field]) -> Markup {
    html! {
        div .notice role="status" {
            h2 { (say("This would change")) }
            dl .facts {
                @for field in fields {
                    div { dt { (say(field.label)) } dd { (values::value(visit, previewed, field)) } }
                }
            }
            p .quiet { (say("Nothing is saved yet.")) }
        }
    }
}

/// The page with values that are shown once.
async fn shown_once(visit: &Visit, action: &Action, received: &Received) -> PageResult {
    let subject = top::read(visit, action.header).await?;
    let body = html! {
        (top::show(visit, action.header, &subject, action.title))
        div .notice.good role="status" { (say(action.done)) }
        dl .values.once {
            @for field in action.shown_once {
                @if !at(&received.body, field.at).is_null() {
                    div {
                        dt { (say(field.label)) }
                        dd { span .copyable { (values::value(visit, &received.body, field)) } }
                    }
                }
            }
        }
        p { (say("Keep what is shown here: it cannot be shown again.")) }
        p { a .button href=(fill(action.then, |path| match visit.param(path) {
            "" => Some(plain(at(&received.body, path))),
            value => Some(value.to_owned()),
        })) { (say("Continue")) } }
    };
    page(top::title(action.header, &subject, action.title), body)
}
