//! Acting as a user: a cookie with the token of an impersonation, beside the session of the member
//! of staff. While it is there, every page is that of the user. The rules are those of the API: the
//! portal only keeps the token.

use http::{HeaderMap, Method};
use provost_auth::Presented;
use provost_domain::Timestamp;
use serde_json::{Value, json};

use super::session::{Acting, Cookies, Session};
use crate::{
    client::Client,
    model::field::{at, plain},
};

/// Where the button of the banner leads.
pub const STOP: &str = "/staff/stop-acting";
/// The kind of cookie.
const KIND: &str = "acting";

/// What a request says about an impersonation.
#[derive(Debug)]
pub enum ActingState {
    /// The person acts for themselves.
    No,
    /// The person acts as a user.
    Live(Box<Acting>),
    /// The person acted as a user until the time was over.
    Over,
}

/// Whether the browser has the cookie.
pub fn is_set(cookies: Cookies, headers: &HeaderMap) -> bool {
    cookies.read(headers, KIND).is_some()
}

/// Reads the cookie. The token of another member of staff counts as over: it never falls back to
/// the person's own account without a word.
pub fn read(
    cookies: Cookies,
    headers: &HeaderMap,
    session: &Session,
    app: &provost_app::App,
) -> ActingState {
    let Some(value) = cookies.read(headers, KIND) else { return ActingState::No };
    let mut parts = value.splitn(3, '.');
    let (Some(mode), Some(ends_at), Some(token)) = (parts.next(), parts.next(), parts.next())
    else {
        return ActingState::Over;
    };
    let header = format!("Bearer {token}");
    match Presented::read(Some(&header), app.verifier(), app.now()) {
        Presented::Impersonation { target, actor, id } if actor == session.user => {
            ActingState::Live(Box::new(Acting {
                token: token.to_owned(),
                id,
                target,
                only_looks: mode != "masquerade",
                ends_at: Timestamp::from_millis(ends_at.parse().unwrap_or_default()),
                actor: String::new(),
            }))
        }
        _ => ActingState::Over,
    }
}

/// The value of `Set-Cookie` for an impersonation that the API has started. The cookie outlives the
/// token, so that the next page can say that the time is over.
pub fn store(cookies: Cookies, session: &Session, started: &Value, now: Timestamp) -> String {
    let ends_at = plain(at(started, "expires_at"))
        .parse::<jiff::Timestamp>()
        .map_or(0, jiff::Timestamp::as_millisecond);
    let value = format!(
        "{}.{ends_at}.{}",
        plain(at(started, "view_mode")),
        plain(at(started, "access_token"))
    );
    cookies.line(KIND, &value, session.seconds_left(now))
}

/// The value of `Set-Cookie` that ends acting in this browser.
pub fn delete(cookies: Cookies) -> String {
    cookies.line(KIND, "", 0)
}

/// Ends an impersonation.
pub async fn stop(client: &Client, acting: &Acting) {
    let api = client.with_token(&acting.token);
    // The cookie is deleted in any case; a token that could not be ended ends by itself.
    let _ = api.send(Method::POST, "/v1/auth/impersonate/stop", Some(&json!({})), &[]).await;
}
