//! `POST /api/admin/verifications/{id}/reject`: reject a verification with a reason. The user can
//! submit a new one.

use provost_domain::verification::{Verification, VerificationStatus};
use provost_http::{Body, HandlerResult, Json, RequestContext, StaffOwnerGrant};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{decide::decide, views::VerificationView};

/// Request to reject a verification.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Reject {
    /// Reason for the rejection, 3 to 500 characters, which the user receives by email. Required,
    /// here or in the header `X-Reason`.
    reason: Option<String>,
}

/// Rejects.
///
/// # Errors
/// `VALIDATION_FAILED` without a reason, and those of [`decide`].
pub async fn reject_verification(
    ctx: RequestContext<StaffOwnerGrant<Verification>>,
    Body(body): Body<Reject>,
) -> HandlerResult<Json<VerificationView>> {
    let reason = ctx.required_reason(body.reason.as_deref())?;
    decide(&ctx, VerificationStatus::Rejected, Some(reason)).await
}
