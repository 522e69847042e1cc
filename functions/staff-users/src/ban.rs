//! `POST /api/admin/users/{id}/ban`: stop an account for a while or for good. Its sessions, refresh families and API keys end with the same write.

use provost_domain::{
    MessageId, Refused, Status, Timestamp, UserId,
    audit::{Resource, note_change},
    mail::Template,
    message::Message,
    principal::{Suspension, SuspensionKind},
    time::DAY,
};
use provost_http::{Answer, Body, Call, Json, OverGrant};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The longest ban that ends, in days: ten years.
const LONGEST: i64 = 3650;

/// For a while or for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BanType {
    /// Ends by itself.
    Temporary,
    /// Until somebody lifts it.
    Permanent,
}

/// A ban.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BanUser {
    /// For a while or for good.
    r#type: BanType,
    /// How many days a temporary ban lasts, 1 to 3650. Either this or `expiresAt`.
    #[serde(default)]
    #[schemars(range(min = 1, max = 3650))]
    duration_days: Option<i64>,
    /// When a temporary ban ends, in the future. A time more than 3650 days ahead is lowered to that, and `clamped` in the answer says so. Either this or `durationDays`.
    #[serde(default)]
    expires_at: Option<Timestamp>,
    /// Why, 3 to 500 characters; the header `X-Reason` will do as well.
    #[serde(default)]
    reason: Option<String>,
    /// Whether the person is told by mail; yes unless given.
    #[serde(default)]
    notify_user: Option<bool>,
}

/// The ban as it stands.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BanView {
    /// The user.
    user_id: UserId,
    /// Since when.
    banned_at: Timestamp,
    /// For a while or for good.
    ban_type: BanType,
    /// When it ends; null when it is for good.
    ban_expires_at: Option<Timestamp>,
    /// Why.
    ban_reason: String,
    /// A ban can always be lifted.
    reversible: bool,
    /// Whether the end that was asked for was beyond the longest ban, and lowered to it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    clamped: bool,
}

/// Bans a user.
///
/// # Errors
/// `VALIDATION_FAILED`, `INVALID_ACTION` when they are suspended already or deleted, `LAST_SUPERADMIN`.
pub async fn ban_user(call: Call<OverGrant>, Body(body): Body<BanUser>) -> Answer<Json<BanView>> {
    let now = call.now();
    let reason = call.required_reason(body.reason.as_deref())?;
    let (expires_at, clamped) = end(&body, now)?;
    call.check_version(call.target.version)?;
    let suspension = Suspension {
        kind: SuspensionKind::Ban,
        reason: reason.clone(),
        by: call.caller.principal.pseudonym,
        at: now,
        expires_at,
        before: Status::Active,
    };
    let before = &call.target;
    let banned = before.clone().suspend(suspension, now)?;

    let mut entry = call.entry("user.banned", Resource::User(call.subject()));
    entry.reason = Some(reason.clone());
    note_change(&mut entry.changes, "status", &before.status, &banned.status);
    note_change(&mut entry.changes, "banType", &None, &Some(body.r#type));
    note_change(&mut entry.changes, "banExpiresAt", &None, &expires_at);
    let mut tx = call.app.transaction();
    tx.keep_a_root(before, &banned, Some(&call.caller.principal)).await??;
    tx.save_principal(&banned)?;
    tx.plan_end_of_suspension(&banned)?;
    tx.audit(entry)?;
    if body.notify_user.unwrap_or(true) {
        call.app.send(
            &mut tx,
            Message::Mail { id: call.app.id(MessageId::new), user: banned.user_id, template: Template::AccountSuspended, about: None },
        )?;
    }
    let answer = Json::new(BanView {
        user_id: banned.user_id,
        banned_at: now,
        ban_type: body.r#type,
        ban_expires_at: expires_at,
        ban_reason: reason,
        reversible: true,
        clamped,
    })
    .version(banned.version);
    call.commit(tx, &answer).await?;
    Ok(answer)
}

/// When the ban ends, nothing when it is for good; and whether that is earlier than was asked.
fn end(body: &BanUser, now: Timestamp) -> Result<(Option<Timestamp>, bool), Refused> {
    match (body.r#type, body.duration_days, body.expires_at) {
        (BanType::Permanent, None, None) => Ok((None, false)),
        (BanType::Permanent, Some(_), _) => {
            Err(Refused::field("durationDays", "contradiction", "A permanent ban has no end; leave this out or make the ban temporary."))
        }
        (BanType::Permanent, None, Some(_)) => {
            Err(Refused::field("expiresAt", "contradiction", "A permanent ban has no end; leave this out or make the ban temporary."))
        }
        (BanType::Temporary, None, None) => {
            Err(Refused::field("durationDays", "required", "Say how long a temporary ban lasts: `durationDays` or `expiresAt`."))
        }
        (BanType::Temporary, Some(_), Some(_)) => {
            Err(Refused::field("expiresAt", "contradiction", "Give either `durationDays` or `expiresAt`."))
        }
        (BanType::Temporary, Some(days), None) if (1..=LONGEST).contains(&days) => Ok((Some(now.plus(days * DAY)), false)),
        (BanType::Temporary, Some(_), None) => Err(Refused::field("durationDays", "out_of_range", "Give a number of days from 1 to 3650.")),
        (BanType::Temporary, None, Some(end)) if end > now => {
            let (end, clamped) = end.at_most(now.plus(LONGEST * DAY));
            Ok((Some(end), clamped))
        }
        (BanType::Temporary, None, Some(_)) => Err(Refused::field("expiresAt", "out_of_range", "Give a time in the future.")),
    }
}
