//! `GET /api/admin/deletions/{id}/receipt`: the signed receipt of an erasure, its content, and the
//! key that verifies it.

use provost_auth::{
    Purpose, Verifier,
    keys::{PublicKey, PublicKeys},
};
use provost_domain::{
    ApiError,
    deletion::{DeletionState, Receipt},
};
use provost_http::{HandlerError, HandlerResult, Json, RequestContext, StaffGrant};
use provost_store::StoreError;
use serde::Serialize;

use crate::changes::find;

/// A signed receipt with everything needed to verify it.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReceiptView {
    /// Receipt: a JWS in compact serialization, signed with Ed25519.
    receipt: String,
    /// Public key that verifies the signature.
    public_key: KeyView,
    /// Content of the receipt.
    decoded: Receipt,
}

/// A public key as a JSON Web Key (RFC 8037).
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub(crate) struct KeyView {
    /// Key type. Always `OKP`.
    kty: String,
    /// Curve. Always `Ed25519`.
    crv: String,
    /// Algorithm. Always `EdDSA`.
    alg: String,
    /// Key id, as in the header of the receipt.
    kid: String,
    /// Public key in base64url.
    x: String,
}

pub(crate) async fn get_deletion_receipt(
    ctx: RequestContext<StaffGrant>,
) -> HandlerResult<Json<ReceiptView>> {
    let request = find(&ctx).await?;
    let Some(receipt) = request.receipt else {
        let sentence = match request.state {
            DeletionState::Executing => "The erasure is in progress. Try again in a moment.",
            _ => "This account has not been erased. The receipt is available after the erasure.",
        };
        return Err(ApiError::invalid_action(sentence, &[]).into());
    };
    let (key, decoded) = verified(&ctx, &receipt)?;
    let PublicKey { kty, crv, alg, kid, x } = key;
    Ok(Json::new(ReceiptView { receipt, public_key: KeyView { kty, crv, alg, kid, x }, decoded }))
}

/// The key that verifies a receipt, and the content of the receipt. An older key remains among the
/// public keys as long as its receipts must be verifiable.
fn verified(
    ctx: &RequestContext<StaffGrant>,
    receipt: &str,
) -> Result<(PublicKey, Receipt), HandlerError> {
    for key in &ctx.app.verifier().public().keys {
        let one = Verifier::new(PublicKeys { keys: vec![key.clone()] })?;
        if let Ok(decoded) = one.verify(Purpose::Receipt, receipt, ctx.now()) {
            return Ok((key.clone(), decoded));
        }
    }
    Err(StoreError::unreadable("a receipt", "no public key of this deployment verifies it").into())
}
