//! `GET /`: the front page, and the page behind the links of letters, which asks before it does anything.

use http::StatusCode;
use provost_domain::Refused;
use provost_http::{Answer, Anyone, Call, Html, Query};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::page;

/// What was done by a page's button.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Done {
    /// The address is confirmed.
    Confirmed,
    /// The new password counts.
    Password,
}

/// What a letter's link carries.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Home {
    /// The token of a letter that asks to confirm an address.
    confirm: Option<String>,
    /// The token of a letter that lets choose a new password.
    reset: Option<String>,
    /// What was done; the page says so.
    done: Option<Done>,
}

/// The page. Opening a link changes nothing, since mail scanners open links too.
pub async fn show_home_page(_: Call<Anyone>, Query(wanted): Query<Home>) -> Answer<Html> {
    let page = match wanted {
        Home { confirm: Some(token), reset: None, done: None } => page::confirm(&token),
        Home { confirm: None, reset: Some(token), done: None } => page::reset(&token),
        Home { confirm: None, reset: None, done: Some(done) } => page::done(done),
        Home { confirm: None, reset: None, done: None } => page::front(),
        _ => return Err(Refused::field("confirm", "contradiction", "Give one of `confirm`, `reset` and `done`.").into()),
    };
    Ok(Html { status: StatusCode::OK, page })
}
