//! `POST /share/{token}`: redeem a share link. Without a password this is a single conditional
//! write: it counts the download and records the visit, and no more than the maximum succeed,
//! however many arrive at once.

use http::StatusCode;
use provost_auth::{password, secret::hex_digest};
use provost_domain::{
    ApiError, Code,
    export::object_key,
    share_link::{ShareLink, Visit},
};
use provost_http::{
    HandlerError, PublicGrant, RequestContext, SeeOther, input::JsonOrForm, wants_page,
};
use provost_store::{share_links::Attempt, transaction::jitter};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    page::{self, Shown},
    refusal,
};

/// Number of times that an attempt checks whether earlier ones have ended.
const WAITS: u32 = 20;

/// Request to download a shared archive.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Redeem {
    /// Password; required if the link has one. Five wrong attempts close the link.
    #[serde(default)]
    password: Option<String>,
}

/// An error, and the link if it is still open and only the password is missing or wrong.
struct Refusal {
    refused: ApiError,
    link: Option<ShareLink>,
}

impl From<ApiError> for Refusal {
    fn from(refused: ApiError) -> Self {
        Self { refused, link: None }
    }
}

pub async fn redeem_share_link(
    ctx: RequestContext<PublicGrant>,
    JsonOrForm(body): JsonOrForm<Redeem>,
) -> Result<Shown<SeeOther>, HandlerError> {
    let digest = hex_digest(ctx.param("token").trim());
    let redeemed = match body.password {
        Some(given) => with_password(&ctx, &digest, given).await?,
        None => plainly(&ctx, &digest).await?,
    };
    let base = ctx.app.public_url();
    match redeemed {
        Ok(link) => {
            // The URL is signed locally, without a request.
            let store = ctx.app.store();
            Ok(Shown::Answer(SeeOther(
                store
                    .presign_download(
                        &store.names().exports,
                        &object_key(link.job_id),
                        &link.file_name(),
                    )
                    .await?,
            )))
        }
        Err(Refusal { refused, link: Some(link) }) if wants_page(&ctx.headers) => {
            let status =
                StatusCode::from_u16(refused.code.status()).unwrap_or(StatusCode::FORBIDDEN);
            Ok(Shown::page(status, page::archive(&link, Some(&refused)), base))
        }
        Err(Refusal { refused, .. }) if wants_page(&ctx.headers) => {
            Ok(Shown::refused(&refused, base))
        }
        Err(Refusal { refused, .. }) => Err(refused.into()),
    }
}

fn visit(ctx: &RequestContext<PublicGrant>, outcome: &str) -> Visit {
    Visit { at: ctx.now(), ip: ctx.ip(), user_agent: ctx.user_agent(), outcome: outcome.to_owned() }
}

async fn plainly(
    ctx: &RequestContext<PublicGrant>,
    digest: &str,
) -> Result<Result<ShareLink, Refusal>, HandlerError> {
    let attempt =
        ctx.app.store().redeem_share_link(digest, None, &visit(ctx, "redeemed"), ctx.now()).await?;
    Ok(match attempt {
        Attempt::Counted(link) => Ok(link),
        Attempt::Missing => Err(refusal::missing().into()),
        Attempt::Refused(link) => Err(match link.check_open(ctx.now()) {
            Err(refused) => refused.into(),
            // Only the password is missing.
            Ok(()) => Refusal {
                refused: ApiError::field(
                    "password",
                    "required",
                    "This link requires a password. Ask the sender for it.",
                ),
                link: Some(link),
            },
        }),
    })
}

async fn with_password(
    ctx: &RequestContext<PublicGrant>,
    digest: &str,
    given: String,
) -> Result<Result<ShareLink, Refusal>, HandlerError> {
    let (store, now) = (ctx.app.store(), ctx.now());
    let link = match count_attempt(ctx, digest).await? {
        Attempt::Counted(link) => link,
        Attempt::Missing => return Ok(Err(refusal::missing().into())),
        // The link has no password, so the given one is ignored.
        Attempt::Refused(link) if link.password_hash.is_none() => {
            return plainly(ctx, digest).await;
        }
        Attempt::Refused(link) => {
            return Ok(Err(link.check_open(now).err().unwrap_or_else(ShareLink::locked).into()));
        }
    };
    if !password::verify(&given, link.password_hash.as_deref()) {
        store.reject_share_link_password(digest, &visit(ctx, "wrong_password")).await?;
        let refused = ApiError::new(
            Code::PermissionDenied,
            format!("The password is wrong. {}", tries(link.tries_left)),
        )
        .with("attemptsLeft", link.tries_left);
        return Ok(Err(Refusal { refused, link: Some(link) }));
    }
    let attempt = store
        .redeem_share_link(digest, link.password_hash.as_deref(), &visit(ctx, "redeemed"), now)
        .await?;
    Ok(match attempt {
        Attempt::Counted(link) => Ok(link),
        Attempt::Missing => Err(refusal::missing().into()),
        Attempt::Refused(link) => {
            Err(link.check_open(now).err().unwrap_or_else(refusal::missing).into())
        }
    })
}

/// Counts the attempt before the password is checked: of many concurrent attempts, only as many as
/// are left are checked. If other attempts use all that are left, their outcome decides, so this
/// waits for it, for about three seconds.
async fn count_attempt(
    ctx: &RequestContext<PublicGrant>,
    digest: &str,
) -> Result<Attempt, HandlerError> {
    let (store, now) = (ctx.app.store(), ctx.now());
    let mut attempt = store.try_share_link(digest, now).await?;
    for step in 1..=WAITS {
        match &attempt {
            Attempt::Refused(link) if link.password_hash.is_some() && link.must_wait(now) => {
                tokio::time::sleep(jitter(step)).await
            }
            _ => break,
        }
        attempt = store.try_share_link(digest, now).await?;
    }
    Ok(attempt)
}

fn tries(left: u32) -> String {
    match left {
        0 => "No attempts are left, and the link is closed.".to_owned(),
        1 => "One attempt is left before the link is closed.".to_owned(),
        many => format!("{many} attempts are left before the link is closed."),
    }
}
