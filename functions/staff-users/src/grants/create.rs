//! `POST /api/admin/users/{id}/grants`: grant a benefit. Granted storage is added to the quota in
//! the same transaction.

use provost_domain::{Timestamp, benefit, staff_record::GrantType};
use provost_http::{Body, Created, HandlerResult, RequestContext, StaffTargetGrant, Versioned};
use provost_operations::user::{self, NewGrant};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::grants::list::GrantView;

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
    let op = ctx.op(ctx.reason(body.reason.as_deref())?);
    // The limits come first, also for a caller who read another version.
    benefit::check_amount(body.amount)?;
    benefit::end(body.expires_at, op.now)?;
    let before = &ctx.target;
    ctx.check_version(before.version)?;
    let new = NewGrant {
        by: ctx.caller.user.pseudonym,
        r#type: body.r#type,
        amount: body.amount,
        expires_at: body.expires_at,
    };
    let change = user::grant_benefit(&op, before, new)?;
    ctx.complete(change, |granted| {
        let created = Created(
            GrantView::from(granted.grant).clamped(granted.clamped),
            format!("/api/admin/users/{}/grants", granted.owner.user_id),
        );
        Versioned(created, granted.owner.version)
    })
    .await
}
