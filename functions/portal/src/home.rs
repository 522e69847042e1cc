//! `GET /`: the front page, and the pages behind the links in emails, which ask before they change
//! anything. They are in the language that the browser prefers.

use http::StatusCode;
use provost_domain::ApiError;
use provost_http::{HandlerResult, Html, PublicGrant, Query, RequestContext};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    page::{self, Done},
    ui::language::{self, Language},
};

/// Parameters of the links in emails.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Home {
    /// Token from an email that asks to confirm an address.
    confirm: Option<String>,
    /// Token from an email to reset a password.
    reset: Option<String>,
    /// Completed action, which the page confirms.
    done: Option<Done>,
}

/// Shows the page. Opening a link changes nothing, since mail scanners open links too.
pub async fn show_home_page(
    ctx: RequestContext<PublicGrant>,
    Query(wanted): Query<Home>,
) -> HandlerResult<Html> {
    language::with(Language::of(&ctx.headers), async { show(wanted) }).await
}

fn show(wanted: Home) -> HandlerResult<Html> {
    let page = match wanted {
        Home { confirm: Some(token), reset: None, done: None } => page::confirm(&token),
        Home { confirm: None, reset: Some(token), done: None } => page::reset(&token),
        Home { confirm: None, reset: None, done: Some(done) } => page::done(done),
        Home { confirm: None, reset: None, done: None } => page::front(),
        _ => {
            return Err(ApiError::field(
                "confirm",
                "contradiction",
                "More than one parameter is given. Give one of `confirm`, `reset` and `done`.",
            )
            .into());
        }
    };
    Ok(Html { status: StatusCode::OK, page })
}
