//! `POST /api/admin/users/{id}/ban`: ban an account, permanently or until a time. Its sessions,
//! refresh tokens and API keys are revoked in the same transaction.

use provost_domain::{ApiError, Timestamp, UserId, time::DAY, user::SuspensionKind};
use provost_http::{Body, HandlerResult, Json, RequestContext, StaffTargetGrant};
use provost_operations::user::{self, Ban};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Maximum duration of a temporary ban, in days: ten years.
const MAX_LENGTH: i64 = 3650;

/// Type of ban.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BanType {
    /// Ends automatically at a set time.
    Temporary,
    /// Lasts until staff lift it.
    Permanent,
}

/// Request to ban a user.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BanUser {
    /// Type of ban.
    r#type: BanType,
    /// Duration of a temporary ban in days, 1 to 3650. Cannot be combined with `expiresAt`.
    #[serde(default)]
    #[schemars(range(min = 1, max = 3650))]
    duration_days: Option<i64>,
    /// Time at which a temporary ban ends, in the future. A time more than 3650 days ahead is
    /// reduced to 3650 days, and the response has `clamped: true`. Cannot be combined with
    /// `durationDays`.
    #[serde(default)]
    expires_at: Option<Timestamp>,
    /// Reason for the ban, 3 to 500 characters. Required, here or in the header `X-Reason`.
    #[serde(default)]
    reason: Option<String>,
    /// Whether to notify the user by email. Default: true.
    #[serde(default)]
    notify_user: Option<bool>,
}

/// The ban of a user.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BanView {
    /// The banned user.
    user_id: UserId,
    /// Time at which the ban took effect.
    banned_at: Timestamp,
    /// Type of ban.
    ban_type: BanType,
    /// Time at which the ban ends; null for a permanent ban.
    ban_expires_at: Option<Timestamp>,
    /// Reason for the ban.
    ban_reason: String,
    /// Whether staff can lift the ban. Always true.
    reversible: bool,
    /// Whether the requested end was reduced to the maximum of 3650 days.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    clamped: bool,
}

/// Bans a user.
///
/// # Errors
/// `VALIDATION_FAILED`, `INVALID_ACTION` when the user is already suspended or scheduled for
/// deletion, `LAST_SUPERADMIN`.
pub async fn ban_user(
    ctx: RequestContext<StaffTargetGrant>,
    Body(body): Body<BanUser>,
) -> HandlerResult<Json<BanView>> {
    let now = ctx.now();
    let reason = ctx.required_reason(body.reason.as_deref())?;
    let (expires_at, clamped) = end(&body, now)?;
    ctx.check_version(ctx.target.version)?;
    let ban = Ban {
        kind: SuspensionKind::Ban,
        by: ctx.caller.user.pseudonym,
        reason: reason.clone(),
        expires_at,
        notify: body.notify_user.unwrap_or(true),
    };
    let change = user::ban(&ctx.op(Some(reason.clone())), &ctx.target, ban).await?;
    ctx.complete(change, |banned| {
        Json::new(BanView {
            user_id: banned.user_id,
            banned_at: now,
            ban_type: body.r#type,
            ban_expires_at: expires_at,
            ban_reason: reason,
            reversible: true,
            clamped,
        })
        .version(banned.version)
    })
    .await
}

/// The end of the ban, `None` for a permanent one, and whether the requested end was reduced.
fn end(body: &BanUser, now: Timestamp) -> Result<(Option<Timestamp>, bool), ApiError> {
    match (body.r#type, body.duration_days, body.expires_at) {
        (BanType::Permanent, None, None) => Ok((None, false)),
        (BanType::Permanent, Some(_), _) => Err(ApiError::field(
            "durationDays",
            "contradiction",
            "A permanent ban has no end. Omit this field or make the ban temporary.",
        )),
        (BanType::Permanent, None, Some(_)) => Err(ApiError::field(
            "expiresAt",
            "contradiction",
            "A permanent ban has no end. Omit this field or make the ban temporary.",
        )),
        (BanType::Temporary, None, None) => Err(ApiError::field(
            "durationDays",
            "required",
            "A temporary ban needs an end. Send `durationDays` or `expiresAt`.",
        )),
        (BanType::Temporary, Some(_), Some(_)) => Err(ApiError::field(
            "expiresAt",
            "contradiction",
            "A ban cannot have both `durationDays` and `expiresAt`. Send only one of them.",
        )),
        (BanType::Temporary, Some(days), None) if (1..=MAX_LENGTH).contains(&days) => {
            Ok((Some(now.plus(days * DAY)), false))
        }
        (BanType::Temporary, Some(_), None) => Err(ApiError::field(
            "durationDays",
            "out_of_range",
            "This duration is out of range. Enter a number of days from 1 to 3650.",
        )),
        (BanType::Temporary, None, Some(end)) if end > now => {
            let (end, clamped) = end.at_most(now.plus(MAX_LENGTH * DAY));
            Ok((Some(end), clamped))
        }
        (BanType::Temporary, None, Some(_)) => Err(ApiError::field(
            "expiresAt",
            "out_of_range",
            "This time is in the past. Enter a time in the future.",
        )),
    }
}
