//! `POST /api/admin/users/{id}/grants`: grant a benefit. Granted storage is added to the quota in
//! the same transaction.

use provost_domain::{
    ApiError, AwardId, Timestamp,
    audit::{Resource, note_change},
    staff_record::{Grant, GrantType},
    time::DAY,
};
use provost_http::{Body, Created, HandlerResult, RequestContext, StaffTargetGrant, Versioned};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::list_grants::GrantView;

/// Maximum amount of a grant: one pebibyte, in bytes.
const MAX: u64 = 1 << 50;
/// Latest end of a grant, in days from now.
const MAX_LENGTH: i64 = 3650;

/// Request to grant a benefit.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GrantBenefit {
    /// Type of benefit.
    r#type: GrantType,
    /// Amount, 1 to 2^50. In bytes for storage.
    #[schemars(range(min = 1, max = 1_125_899_906_842_624_u64))]
    amount: u64,
    /// Reason for the grant, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    #[serde(default)]
    reason: Option<String>,
    /// Time at which the grant ends, in the future. No end if omitted. A time more than 3650 days
    /// ahead is reduced to 3650 days, and the response has `clamped: true`.
    #[serde(default)]
    expires_at: Option<Timestamp>,
}

/// Grants a benefit.
///
/// # Errors
/// `VALIDATION_FAILED`, `INVALID_USER_ID`, `CANNOT_MODIFY_SELF`, `STALE_VERSION`.
pub async fn grant_benefit(
    ctx: RequestContext<StaffTargetGrant>,
    Body(body): Body<GrantBenefit>,
) -> HandlerResult<Versioned<Created<GrantView>>> {
    let (now, reason) = (ctx.now(), ctx.reason(body.reason.as_deref())?);
    if !(1..=MAX).contains(&body.amount) {
        return Err(ApiError::field(
            "amount",
            "out_of_range",
            "This amount is out of range. Enter a number from 1 to 1125899906842624.",
        )
        .into());
    }
    if body.expires_at.is_some_and(|end| end <= now) {
        return Err(ApiError::field(
            "expiresAt",
            "out_of_range",
            "This time is in the past. Enter a time in the future.",
        )
        .into());
    }
    let (expires_at, clamped) =
        body.expires_at.map(|end| end.at_most(now.plus(MAX_LENGTH * DAY))).unzip();
    let before = ctx.target.clone();
    ctx.check_version(before.version)?;
    let grant = Grant {
        id: ctx.app.id(AwardId::new),
        r#type: body.r#type,
        amount: body.amount,
        reason: reason.clone(),
        by: ctx.caller.principal.pseudonym,
        created_at: now,
        expires_at,
        ended_at: None,
        end: None,
    };
    let changed = if grant.r#type == GrantType::Storage {
        before.clone().grant_storage(grant.amount, now)
    } else {
        before.clone().changed(now)
    };

    let mut entry = ctx.entry(
        "grant.awarded",
        Resource::Owned { kind: "grant", id: grant.id.to_string(), owner: before.subject() },
    );
    entry.reason = reason;
    note_change(&mut entry.changes, "type", &None, &Some(grant.r#type));
    note_change(&mut entry.changes, "amount", &None, &Some(grant.amount));
    note_change(&mut entry.changes, "storageQuota", &before.storage_quota, &changed.storage_quota);
    let mut tx = ctx.app.transaction();
    tx.save_principal(&changed)?;
    tx.add_grant(before.user_id, &grant)?;
    tx.audit(entry)?;
    let created = Created(
        GrantView::from(grant).clamped(clamped == Some(true)),
        format!("/api/admin/users/{}/grants", before.user_id),
    );
    let answer = Versioned(created, changed.version);
    ctx.commit(tx, &answer).await?;
    Ok(answer)
}
