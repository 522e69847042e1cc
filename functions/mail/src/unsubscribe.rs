//! `/unsubscribe/{token}`: the link in broadcasts. Opening it shows a page and changes nothing, since
//! mail scanners open links too. The button of the page, or a mail program (RFC 8058), unsubscribes.

use http::StatusCode;
use maud::{DOCTYPE, PreEscaped, html};
use provost_auth::{Purpose, token::LinkClaims};
use provost_domain::User;
use provost_http::{HandlerResult, Html, OneClick, PublicGrant, RequestContext};
use provost_operations::mail::set_subscription;
use schemars::JsonSchema;
use serde::Deserialize;

/// What the link changes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SubscriptionQuery {
    /// Whether to subscribe again instead. Default: false.
    subscribe: bool,
}

/// Shows the page of the link.
pub async fn show_unsubscribe_page(ctx: RequestContext<PublicGrant>) -> HandlerResult<Html> {
    Ok(match named(&ctx).await? {
        Named::Nobody => not_valid(),
        Named::Gone => unsubscribed(false),
        Named::User(user) => {
            let chosen = ctx.app.store().mail_preferences(user.user_id).await?;
            if chosen.unsubscribed_at.is_some() { unsubscribed(true) } else { question() }
        }
    })
}

/// Unsubscribes, or subscribes again.
pub async fn unsubscribe_by_link(
    ctx: RequestContext<PublicGrant>,
    OneClick(wanted): OneClick<SubscriptionQuery>,
) -> HandlerResult<Html> {
    let user = match named(&ctx).await? {
        Named::Nobody => return Ok(not_valid()),
        Named::Gone => return Ok(unsubscribed(false)),
        Named::User(user) => user,
    };
    let done = || if wanted.subscribe { subscribed() } else { unsubscribed(true) };
    let before = ctx.app.store().mail_preferences(user.user_id).await?;
    match set_subscription(&ctx.op(None), &user, &before, wanted.subscribe)? {
        None => Ok(done()),
        Some(change) => ctx.complete(change, |_| done()).await,
    }
}

/// The user that a link is for.
enum Named {
    /// The link is not ours, or too old.
    Nobody,
    /// The account is gone, or is being erased, so no more emails are sent.
    Gone,
    /// This user.
    User(Box<User>),
}

async fn named(ctx: &RequestContext<PublicGrant>) -> HandlerResult<Named> {
    let token = ctx.param("token").trim();
    let Ok(LinkClaims::Unsubscribe { sub }) =
        ctx.app.verifier().verify(Purpose::Link, token, ctx.now())
    else {
        return Ok(Named::Nobody);
    };
    let user = ctx.app.store().user(sub).await?;
    let stays = |user: &User| user.deletion.as_ref().is_none_or(|deletion| !deletion.executing);
    Ok(user.filter(stays).map_or(Named::Gone, |user| Named::User(Box::new(user))))
}

fn not_valid() -> Html {
    page(
        StatusCode::NOT_FOUND,
        "This link is not valid",
        "Use the full link from the latest email.",
        None,
    )
}

fn question() -> Html {
    page(
        StatusCode::OK,
        "Unsubscribe from our emails?",
        "You will no longer get emails that we send to many users. You will still get emails about your account.",
        Some(("", "Unsubscribe")),
    )
}

fn unsubscribed(button: bool) -> Html {
    page(
        StatusCode::OK,
        "You are unsubscribed",
        "You will no longer get emails that we send to many users. You will still get emails about your account.",
        button.then_some(("?subscribe=true", "Subscribe again")),
    )
}

fn subscribed() -> Html {
    page(
        StatusCode::OK,
        "You are subscribed",
        "You will get the emails that we send to many users.",
        Some(("?subscribe=false", "Unsubscribe")),
    )
}

const STYLE: &str = "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 1.5rem;color:#1c2330}button{font:inherit;padding:.6rem 1.2rem;border:0;border-radius:.4rem;background:#1b5fc1;color:#fff;cursor:pointer}";

/// A page of fixed sentences; nothing in it comes from the request.
fn page(status: StatusCode, title: &str, text: &str, button: Option<(&str, &str)>) -> Html {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { (title) }
                    p { (text) }
                    @if let Some((action, label)) = button {
                        form method="post" action=(action) { button { (label) } }
                    }
                }
            }
        }
    };
    Html { status, page: page.into_string() }
}
