//! `/cancel-deletion/{token}`: the link in the email. Opening it shows a page and changes nothing,
//! since mail scanners open links too; the button on the page cancels the deletion.

use http::StatusCode;
use maud::{DOCTYPE, PreEscaped, html};
use provost_auth::{
    Purpose,
    token::{LinkClaims, NotAccepted},
};
use provost_domain::{
    audit::Actor,
    deletion::{CancelledBy, DeletionRequest, DeletionState},
};
use provost_http::{HandlerResult, Html, PublicGrant, RequestContext};
use provost_operations::{Op, deletion};

use crate::changes::person;

pub(crate) async fn show_cancel_deletion_page(
    ctx: RequestContext<PublicGrant>,
) -> HandlerResult<Html> {
    Ok(match named(&ctx).await? {
        Named::Open(request) => page(
            StatusCode::OK,
            "Keep your account?",
            &format!(
                "Your account will be erased after {}. Press the button to keep it. You can then sign in again.",
                request.due_at.date()
            ),
            true,
        ),
        Named::Closed(page) => page,
    })
}

pub(crate) async fn cancel_deletion_by_link(
    ctx: RequestContext<PublicGrant>,
) -> HandlerResult<Html> {
    let request = match named(&ctx).await? {
        Named::Open(request) => *request,
        Named::Closed(page) => return Ok(page),
    };
    let Some(person) = person(&ctx.app, &request).await? else { return Ok(no_such_link()) };
    // Only the user received the link, so the request acts as the user, and its IP address in the
    // log is encrypted with the user's key.
    let op = Op { actor: Actor::User(person.subject()), ..ctx.op(None) };
    let change = deletion::cancel_deletion(&op, request, Some(person), CancelledBy::Owner)?;
    ctx.complete(change, |_| kept()).await
}

/// Result of looking up a link.
enum Named {
    /// A deletion that can still be cancelled.
    Open(Box<DeletionRequest>),
    /// No deletion to cancel, and a page that says why.
    Closed(Html),
}

async fn named(ctx: &RequestContext<PublicGrant>) -> HandlerResult<Named> {
    let id = match ctx.app.verifier().verify(Purpose::Link, ctx.param("token").trim(), ctx.now()) {
        Ok(LinkClaims::CancelDeletion { sub }) => sub,
        Err(NotAccepted::Expired) => {
            return Ok(Named::Closed(page(
                StatusCode::GONE,
                "This link has expired",
                "Sign in to see whether you can still keep your account.",
                false,
            )));
        }
        Ok(_) | Err(NotAccepted::Forged) => return Ok(Named::Closed(no_such_link())),
    };
    let Some(request) = ctx.app.store().deletion(id).await? else {
        return Ok(Named::Closed(no_such_link()));
    };
    if request.is_open() && !request.owner_may_cancel() {
        return Ok(Named::Closed(page(
            StatusCode::CONFLICT,
            "This account cannot be kept",
            "The deletion of this account cannot be cancelled. Contact support if you have questions.",
            false,
        )));
    }
    Ok(match request.state {
        DeletionState::Scheduled | DeletionState::Held | DeletionState::Blocked => {
            Named::Open(Box::new(request))
        }
        DeletionState::Cancelled
            if person(&ctx.app, &request)
                .await?
                .is_some_and(|person| person.deletion.is_some()) =>
        {
            Named::Closed(page(
                StatusCode::GONE,
                "This link belongs to an earlier request",
                "The deletion of your account has been requested again. Use the link from the latest email to keep it.",
                false,
            ))
        }
        DeletionState::Cancelled => Named::Closed(kept()),
        DeletionState::Executing => Named::Closed(page(
            StatusCode::CONFLICT,
            "Your account can no longer be kept",
            "Your account is being erased now. This cannot be cancelled.",
            false,
        )),
        DeletionState::Unknown(_) => Named::Closed(page(
            StatusCode::CONFLICT,
            "Your account cannot be kept at the moment",
            "We cannot tell the status of this deletion. Try again later, or contact support.",
            false,
        )),
        DeletionState::Erased => Named::Closed(page(
            StatusCode::GONE,
            "Your account has been erased",
            "All of its data has been removed. You are welcome to register again.",
            false,
        )),
    })
}

fn no_such_link() -> Html {
    page(
        StatusCode::NOT_FOUND,
        "This link is not valid",
        "Use the full link from the latest email.",
        false,
    )
}

fn kept() -> Html {
    page(
        StatusCode::OK,
        "Your account has been kept",
        "The deletion has been cancelled and everything is as it was before. Sign in again to continue.",
        false,
    )
}

const STYLE: &str = "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 1.5rem;color:#1c2330}button{font:inherit;padding:.6rem 1.2rem;border:0;border-radius:.4rem;background:#1b5fc1;color:#fff;cursor:pointer}";

/// A page of fixed sentences; nothing in it comes from the request.
fn page(status: StatusCode, title: &str, text: &str, button: bool) -> Html {
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
                    @if button {
                        form method="post" { button { "Keep my account" } }
                    }
                }
            }
        }
    };
    Html { status, page: page.into_string() }
}
