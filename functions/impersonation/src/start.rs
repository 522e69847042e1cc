//! `POST /v1/auth/impersonate/{user_id}`: act as a user.

use provost_auth::{
    Purpose,
    token::{AccessClaims, ActClaim},
};
use provost_domain::{ApiError, SessionId, Timestamp, UserId, identity::ImpersonationMode, text};
use provost_http::{Body, Created, HandlerResult, Private, RequestContext, StaffTargetGrant};
use provost_operations::impersonation::{self, NewImpersonation};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Path that stops the impersonation of its token.
const STOP: &str = "/v1/auth/impersonate/stop";
/// Minimum duration, in seconds.
const MIN_SECONDS: i64 = 60;
/// Minimum length of the reason, in characters.
const MIN_REASON: usize = 10;
/// Maximum length of the reason, in characters.
const MAX_REASON: usize = 1000;

/// Request to act as a user.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StartImpersonation {
    /// What the token allows. Default: `impersonation`. `masquerade` requires `user.masquerade`.
    #[serde(default = "read_only")]
    view_mode: ImpersonationMode,
    /// Reason, 10 to 1000 characters. Required, here or in the header `X-Reason`.
    #[serde(default)]
    reason: Option<String>,
    /// Reference to a support request, at most 64 characters; part of the recorded reason.
    #[serde(default)]
    ticket: Option<String>,
    /// Duration in seconds, at least 60. For an impersonation at most 3600, by default 1800; for a
    /// masquerade at most 1800, by default 900.
    #[serde(default)]
    #[schemars(range(min = 60, max = 3600))]
    duration_s: Option<i64>,
}

const fn read_only() -> ImpersonationMode {
    ImpersonationMode::Impersonation
}

/// An impersonation that has started.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StartedImpersonationView {
    /// Id of the impersonation.
    session_id: SessionId,
    /// Authorizes requests as the user until `expires_at`. There is no refresh token.
    access_token: String,
    /// Token type, always `Bearer`: send the access token as `Authorization: Bearer …`.
    token_type: &'static str,
    /// Time at which the impersonation ends.
    expires_at: Timestamp,
    /// What the token allows.
    view_mode: ImpersonationMode,
    /// What a client shows while its user acts as another user.
    banner: BannerView,
    /// Path that stops the impersonation, by `POST` with its token.
    stop_url: &'static str,
}

/// What a client shows during an impersonation.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BannerView {
    /// A sentence to show, in English.
    text: String,
    /// The user who is acted as.
    user: UserId,
    /// The staff member.
    actor: UserId,
    /// Time at which the impersonation ends.
    ends_at: Timestamp,
}

pub async fn start_impersonation(
    ctx: RequestContext<StaffTargetGrant>,
    Body(body): Body<StartImpersonation>,
) -> HandlerResult<Private<Created<StartedImpersonationView>>> {
    let reason = reason(&ctx, body.reason.as_deref(), body.ticket.as_deref())?;
    let life = life(body.view_mode, body.duration_s)?;
    let Some(session) = ctx.caller.session() else {
        return Err(ApiError::invalid_action(
            "An API key cannot act as a user. Sign in, and send an access token.",
            &["sign-in"],
        )
        .into());
    };
    let (actor, target) = (&ctx.caller.user, &ctx.target);
    let new = NewImpersonation { target, mode: body.view_mode, session, life, reason: &reason };
    let op = ctx.op(Some(reason.clone()));
    let change = impersonation::start_impersonation(&op, ctx.caller.acting(), new)?;
    let id = change.after.impersonation.id;
    let signer = ctx.app.keys().signer(Purpose::Session, ctx.now()).await?;
    let act = Some(ActClaim { sub: actor.user_id });
    let claims = AccessClaims { sub: target.user_id, sid: id, act };
    let access_token = signer.sign(claims, ctx.now(), life)?;
    let (actor, name) = (actor.user_id, target.name());
    ctx.complete(change, |started| {
        let started = started.impersonation;
        let doing = match started.mode {
            ImpersonationMode::Masquerade => "You act as",
            ImpersonationMode::Impersonation | ImpersonationMode::Unknown(_) => {
                "You see what is shown to"
            }
        };
        let view = StartedImpersonationView {
            session_id: started.id,
            access_token,
            token_type: "Bearer",
            expires_at: started.expires_at,
            view_mode: started.mode,
            banner: BannerView {
                text: format!("{doing} {name}."),
                user: started.target_id,
                actor,
                ends_at: started.expires_at,
            },
            stop_url: STOP,
        };
        Private(Created(view, format!("/v1/impersonations/{}", started.id)))
    })
    .await
}

/// The reason as it is recorded, with the reference to a support request.
fn reason(
    ctx: &RequestContext<StaffTargetGrant>,
    reason: Option<&str>,
    ticket: Option<&str>,
) -> HandlerResult<String> {
    let header =
        ctx.headers.get("x-reason").and_then(|value| std::str::from_utf8(value.as_bytes()).ok());
    let Some(given) = reason.or(header) else {
        return Err(ApiError::field(
            "reason",
            "required",
            "A reason is required. Give it in `reason` or in the header X-Reason.",
        )
        .into());
    };
    let reason = text::note("reason", given, MAX_REASON)?;
    if reason.chars().count() < MIN_REASON {
        return Err(ApiError::field(
            "reason",
            "too_short",
            "This reason is too short. Use at least 10 characters.",
        )
        .into());
    }
    let ticket = ticket.map(|ticket| text::line("ticket", ticket, 64)).transpose()?;
    Ok(match ticket {
        Some(ticket) => format!("{reason} ({ticket})"),
        None => reason,
    })
}

/// The duration in milliseconds.
fn life(mode: ImpersonationMode, seconds: Option<i64>) -> Result<i64, ApiError> {
    let (default, most) = mode.life();
    let Some(seconds) = seconds else { return Ok(default) };
    if (MIN_SECONDS..=most / 1000).contains(&seconds) {
        return Ok(seconds * 1000);
    }
    Err(ApiError::field(
        "duration_s",
        "out_of_range",
        format!("The duration is out of range. Use {MIN_SECONDS} to {} seconds.", most / 1000),
    ))
}
