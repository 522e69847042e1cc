//! `/storage-credentials/{token}`: the link in the email about an assigned bucket. Opening it shows a
//! page and changes nothing, since mail scanners open links too. Its button shows the credentials, once.

use http::StatusCode;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use provost_auth::{
    Purpose,
    token::{LinkClaims, NotAccepted},
};
use provost_domain::{ApiError, Code, HandoverId, User};
use provost_http::{HandlerError, HandlerResult, Html, Private, PublicGrant, RequestContext};
use provost_operations::{
    OperationError,
    storage::{HandedOver, open_handover, take_handover},
};

/// Shows the page of the link.
pub async fn show_storage_credentials_page(
    ctx: RequestContext<PublicGrant>,
) -> HandlerResult<Private<Html>> {
    let shown = async {
        let (user, id) = named(&ctx).await?;
        let bucket = open_handover(&ctx.op(None), user.as_ref(), id).await?;
        Ok(question(&bucket.name))
    };
    as_page(shown.await)
}

/// Shows the credentials of the bucket. The link is used up then.
pub async fn reveal_storage_credentials(
    ctx: RequestContext<PublicGrant>,
) -> HandlerResult<Private<Html>> {
    let (user, id) = match named(&ctx).await {
        Ok(named) => named,
        refused => return as_page(refused.map(|_| not_valid())),
    };
    match take_handover(&ctx.op(None), user.as_ref(), id).await {
        // Not stored for a repeated request, which must not see them again.
        Ok(change) => Ok(Private(credentials(&change.commit().await?))),
        Err(refused) => as_page(Err(refused)),
    }
}

/// The user and the handover that a link names.
async fn named(
    ctx: &RequestContext<PublicGrant>,
) -> Result<(Option<User>, HandoverId), OperationError> {
    match ctx.app.verifier().verify(Purpose::Link, ctx.param("token").trim(), ctx.now()) {
        Ok(LinkClaims::BucketCredentials { sub, handover }) => {
            Ok((ctx.app.store().user(sub).await?, handover))
        }
        Err(NotAccepted::Expired) => Err(ApiError::new(
            Code::LinkExpired,
            "This link has expired. Ask support for a new one.",
        )
        .into()),
        Ok(_) | Err(NotAccepted::Forged) => Err(ApiError::missing("link").into()),
    }
}

/// A refusal as a page.
fn as_page(outcome: Result<Html, OperationError>) -> HandlerResult<Private<Html>> {
    match outcome {
        Ok(page) => Ok(Private(page)),
        Err(OperationError::Refused(refused)) if refused.code == Code::NotFound => {
            Ok(Private(not_valid()))
        }
        Err(OperationError::Refused(refused)) => {
            let status = StatusCode::from_u16(refused.code.status()).unwrap_or(StatusCode::GONE);
            Ok(Private(page(status, "This link shows nothing", &html! { p { (refused.detail) } })))
        }
        Err(error) => Err(HandlerError::from(error)),
    }
}

fn not_valid() -> Html {
    let text = html! { p { "Use the full link from the latest email." } };
    page(StatusCode::NOT_FOUND, "This link is not valid", &text)
}

fn question(bucket: &str) -> Html {
    let text = html! {
        p { "This shows the address and the credentials of the bucket “" (bucket) "”. They are shown only once, so be ready to store them in a safe place." }
        form method="post" { button { "Show the credentials" } }
    };
    page(StatusCode::OK, "The credentials of your storage bucket", &text)
}

fn credentials(handed: &HandedOver) -> Html {
    let HandedOver { bucket, credentials } = handed;
    let place = &bucket.place;
    let text = html! {
        p { "They are not shown again." }
        dl {
            dt { "Bucket" } dd { code { (place.bucket) } }
            dt { "Region" } dd { code { (place.region) } }
            @if let Some(endpoint) = &place.endpoint {
                dt { "Endpoint" } dd { code { (endpoint) } }
            }
            dt { "Access key id" } dd { code { (credentials.access_key_id) } }
            dt { "Secret access key" } dd { code { (credentials.secret_access_key) } }
        }
    };
    page(StatusCode::OK, "The credentials of your storage bucket", &text)
}

const STYLE: &str = "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:12vh auto;padding:0 1.5rem;color:#1c2330}\
dt{font-weight:600}dd{margin:0 0 .6rem;overflow-wrap:anywhere}button{font:inherit;padding:.6rem 1.2rem;border:0;border-radius:.4rem;background:#1b5fc1;color:#fff;cursor:pointer}";

fn page(status: StatusCode, title: &str, main: &Markup) -> Html {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                meta name="referrer" content="no-referrer";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { (title) }
                    (main)
                }
            }
        }
    };
    Html { status, page: page.into_string() }
}
