//! `DELETE /api/admin/email/suppressions`: send email again to an address that is suppressed after a
//! bounce or a spam report.

use provost_domain::{ApiError, Email, rank::check_staff_rank};
use provost_http::{BodyOrQuery, HandlerResult, NoContent, RequestContext, access::StaffGrant};
use provost_operations::mail;
use provost_store::Conflict;
use schemars::JsonSchema;
use serde::Deserialize;

/// Request to lift a suppression.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LiftSuppression {
    /// Email address that is suppressed.
    email: Email,
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    #[serde(default)]
    reason: Option<String>,
}

/// Lifts the suppression of an address. Transient bounces of the address are forgotten as well.
///
/// # Errors
/// `NOT_FOUND` when no email to the address came back, `OUTRANKED` and `CANNOT_MODIFY_SELF` for the
/// address of a member of staff.
pub async fn lift_email_suppression(
    ctx: RequestContext<StaffGrant>,
    BodyOrQuery(body): BodyOrQuery<LiftSuppression>,
) -> HandlerResult<NoContent> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let store = ctx.app.store();
    let owner = match store.owner_of_email(&body.email).await? {
        Some(user) => store.user(user).await?,
        None => None,
    };
    if let Some(owner) = &owner {
        check_staff_rank(ctx.caller.acting(), owner)?;
    }
    let change = mail::lift_suppression(&ctx.op(reason), &body.email, owner.as_ref())?
        .refused_on(Conflict::AddressRecord, ApiError::missing("suppression"));
    ctx.complete(change, |()| NoContent).await
}
