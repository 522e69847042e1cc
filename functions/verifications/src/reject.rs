//! `POST /api/admin/verifications/{id}/reject`: it is not shown, and why. The person may send a new one.

use provost_domain::verification::{Verification, VerificationStatus};
use provost_http::{Answer, Body, Call, Json, OwnedGrant};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{decide::decide, views::VerificationView};

/// Rejecting.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Reject {
    /// Why, 3 to 500 characters; the header `X-Reason` will do as well.
    reason: Option<String>,
}

/// Rejects.
///
/// # Errors
/// `VALIDATION_FAILED` without a reason, and those of [`decide`].
pub async fn reject_verification(call: Call<OwnedGrant<Verification>>, Body(body): Body<Reject>) -> Answer<Json<VerificationView>> {
    let reason = call.required_reason(body.reason.as_deref())?;
    decide(&call, VerificationStatus::Rejected, Some(reason)).await
}
