//! `POST /api/admin/verifications/{id}/approve`: approve a verification. Takes effect immediately.

use provost_domain::verification::{Verification, VerificationStatus};
use provost_http::{Body, HandlerResult, Json, RequestContext, StaffOwnerGrant};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{decide::decide, views::VerificationView};

/// Request to approve a verification.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Approve {
    /// Reason for the approval, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    reason: Option<String>,
}

/// Approves.
///
/// # Errors
/// Those of [`decide`].
pub async fn approve_verification(
    ctx: RequestContext<StaffOwnerGrant<Verification>>,
    Body(body): Body<Approve>,
) -> HandlerResult<Json<VerificationView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    decide(&ctx, VerificationStatus::Approved, reason).await
}
