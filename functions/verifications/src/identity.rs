//! `POST /api/verifications/identity`: submit a document and a selfie. They are private, every view
//! is audited, and they are deleted some days after the decision.

use provost_domain::verification::{IMAGE_TYPES, ImageKind, VerificationType};
use provost_http::{Body, Created, HandlerResult, RequestContext, SignedInGrant};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{ask::ask, uploads::Upload, views::AskedView};

/// Request to verify an identity.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequestIdentityVerification {
    /// Passport, identity card or driving licence: JPEG or PNG.
    document: Upload,
    /// Selfie of the user: JPEG or PNG.
    selfie: Upload,
}

/// Submits an identity verification.
///
/// # Errors
/// `VALIDATION_FAILED`, `INVALID_ACTION` for a user whose identity is already verified,
/// `IN_PROGRESS`.
pub async fn submit_identity_verification(
    ctx: RequestContext<SignedInGrant>,
    Body(body): Body<RequestIdentityVerification>,
) -> HandlerResult<Created<AskedView>> {
    // Nothing is stored for a request that the operation would refuse.
    VerificationType::Identity.check_needed(&ctx.caller.user)?;
    let uploads = vec![
        (ImageKind::Document, body.document.check("document", &IMAGE_TYPES)?),
        (ImageKind::Selfie, body.selfie.check("selfie", &IMAGE_TYPES)?),
    ];
    ask(&ctx, VerificationType::Identity, None, uploads).await
}
