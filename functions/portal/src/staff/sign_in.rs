//! Signing in and out.

use crate::ui::texts::say;
use http::{Method, StatusCode};
use maud::{Markup, html};
use provost_http::{PublicGrant, RequestContext};
use serde_json::json;

use crate::{
    client::{CallError, Client, Refusal},
    ui::{forms, frame},
    web::{
        SIGN_IN,
        answer::PortalReply,
        fields::Fields,
        return_path,
        session::{self, Cookies, Tokens},
    },
};

/// The page to return to, as a field.
const NEXT: &str = "next";
/// The fields of a form that was sent without a session.
const KEPT: &str = "kept";

/// Shows the sign-in page, or signs in.
pub async fn handle(
    ctx: &RequestContext<PublicGrant>,
    client: &Client,
    cookies: Cookies,
    method: &Method,
    query: &Fields,
    form: &Fields,
) -> PortalReply {
    if *method == Method::GET {
        let next = return_path::checked(query.text(NEXT)).to_owned();
        return PortalReply::html(StatusCode::OK, sign_in_page(&next, "", None, ""));
    }
    let next = return_path::checked(form.text(NEXT)).to_owned();
    let kept = form.text(KEPT);
    let email = form.text("email").trim();
    let mut body = json!({ "email": email, "password": form.text("password") });
    let code = form.text("code").trim();
    if !code.is_empty() {
        body["code"] = code.into();
    }
    let refused = |refusal: &Refusal| {
        let status =
            StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
        PortalReply::html(status, sign_in_page(&next, email, Some(refusal), kept))
    };
    let answer = match client.send(Method::POST, "/api/sessions/login", Some(&body), &[]).await {
        Ok(received) => received.body,
        Err(CallError::Refused(refusal)) => return refused(&refusal),
        Err(CallError::Failed) => {
            return refused(&Refusal {
                status: 503,
                title: "No response".to_owned(),
                detail: "The service did not respond. Try again in a moment.".to_owned(),
                ..Refusal::default()
            });
        }
    };
    let session =
        provost_auth::secret::token().ok().and_then(|secret| Tokens::of(&answer, secret)).and_then(
            |tokens| session::signed_in_at(&ctx.app, &tokens.access).map(|since| (tokens, since)),
        );
    let Some((tokens, since)) = session else {
        return refused(&Refusal { status: 503, ..Refusal::default() });
    };
    let reply = if kept.is_empty() {
        PortalReply::see_other(&next)
    } else {
        PortalReply::html(StatusCode::OK, continue_page(&next, kept, &tokens))
    };
    reply.cookies(cookies.store(&tokens, since, ctx.now()))
}

/// Ends the session.
pub async fn sign_out(api: &Client, cookies: Cookies) -> PortalReply {
    // The cookies are deleted in any case; a session that could not be ended ends by itself.
    let _ = api.send(Method::POST, "/api/sessions/logout", Some(&json!({})), &[]).await;
    PortalReply::see_other(SIGN_IN).cookies(cookies.delete())
}

/// The sign-in page with the fields of a form that was sent without a session. Passwords are not
/// kept.
pub fn with_kept_form(path: &str, form: &Fields) -> String {
    let kept = form.without(&[forms::TOKEN, forms::PASSWORD, forms::CODE, "password"]);
    let expired = Refusal {
        title: "You were signed out".to_owned(),
        detail: "Sign in to continue. What you entered is kept.".to_owned(),
        ..Refusal::default()
    };
    sign_in_page(return_path::checked(path), "", Some(&expired), &kept.encoded())
}

fn sign_in_page(next: &str, email: &str, refused: Option<&Refusal>, kept: &str) -> String {
    let needs_code = refused.is_some_and(|refused| refused.code == "SECOND_FACTOR_REQUIRED");
    let body = html! {
        h1 { (say("Sign in")) }
        (forms::problem(refused))
        form method="post" action=(SIGN_IN) data-once="" {
            input type="hidden" name=(NEXT) value=(next);
            @if !kept.is_empty() { input type="hidden" name=(KEPT) value=(kept); }
            div .field {
                label for="email" { (say("Email address")) }
                input #email type="email" name="email" value=(email) autocomplete="username" required autofocus[email.is_empty()];
            }
            div .field {
                label for="password" { (say("Password")) }
                input #password type="password" name="password" autocomplete="current-password" required autofocus[!email.is_empty()];
            }
            div .field {
                label for="code" { (say("Code of your authenticator")) @if !needs_code { span .quiet { " " (say("(if you use one)")) } } }
                input #code type="text" name="code" inputmode="numeric" autocomplete="one-time-code" required[needs_code];
            }
            div .buttons { button type="submit" { (say("Sign in")) } }
        }
    };
    frame::bare("Sign in", &body)
}

/// The page after signing in again, with the form that was sent without a session.
fn continue_page(path: &str, kept: &str, tokens: &Tokens) -> String {
    let fields = Fields::read(kept.as_bytes());
    let body = html! {
        h1 { (say("You are signed in again")) }
        p { (say("What you entered is here. Nothing has been sent yet.")) }
        dl .values { @for (name, value) in fields.iter().filter(|(name, _)| !name.starts_with('_')) {
            div { dt { (crate::ui::values::said(name)) } dd { (kept_value(value)) } }
        } }
        form method="post" action=(path) data-once="" {
            input type="hidden" name=(forms::TOKEN) value=(tokens.form_token());
            @for (name, value) in fields.iter() { input type="hidden" name=(name) value=(value); }
            div .buttons { button type="submit" { (say("Send")) } a .button.plain href=(path) { (say("Discard")) } }
        }
    };
    frame::bare("Continue", &body)
}

fn kept_value(value: &str) -> Markup {
    html! { pre { (value) } }
}
