//! `GET /`: the front page, and the page behind the links of letters, which asks before it does anything.

use http::StatusCode;
use provost_http::{Answer, Anyone, Call, Html, Query};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::page;

/// What a letter's link carries.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Home {
    /// The token of a letter that asks to confirm an address.
    confirm: Option<String>,
    /// The token of a letter that lets choose a new password.
    reset: Option<String>,
}

/// The page. Opening a link changes nothing, since mail scanners open links too.
pub async fn home(_: Call<Anyone>, Query(wanted): Query<Home>) -> Answer<Html> {
    let page = match (wanted.confirm, wanted.reset) {
        (Some(token), None) => page::confirm(&token),
        (None, Some(token)) => page::reset(&token),
        _ => page::front(),
    };
    Ok(Html { status: StatusCode::OK, page })
}
