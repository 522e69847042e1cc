//! `POST /api/admin/verifications/{id}/approve`: the person is who they say, or studies; it counts at once.

use provost_domain::verification::{Verification, VerificationStatus};
use provost_http::{Answer, Body, Call, Json, OwnedGrant};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{decide::decide, views::VerificationView};

/// Approving.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Approve {
    /// What is to be noted, 3 to 500 characters.
    reason: Option<String>,
}

/// Approves.
///
/// # Errors
/// Those of [`decide`].
pub async fn approve_verification(call: Call<OwnedGrant<Verification>>, Body(body): Body<Approve>) -> Answer<Json<VerificationView>> {
    let reason = call.reason(body.reason.as_deref())?;
    decide(&call, VerificationStatus::Approved, reason).await
}
