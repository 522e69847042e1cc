//! `GET /api/admin/deletions/{id}/receipt`: the signed statement that an account is erased, what it says, and the key that verifies it.

use provost_auth::{
    Purpose, Verifier,
    keys::{PublicKey, PublicKeys},
};
use provost_domain::{
    Refused,
    deletion::{DeletionState, Receipt},
};
use provost_http::{Answer, Call, Json, Problem, Staff};
use provost_store::StoreError;
use serde::Serialize;

use crate::changes::find;

/// A receipt with all that verifying it takes.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReceiptView {
    /// The receipt: a JWS in compact form, signed with Ed25519.
    receipt: String,
    /// The public half of the key that signed it.
    public_key: KeyView,
    /// What it states.
    decoded: Receipt,
}

/// A public key as JSON Web Key (RFC 8037).
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub(crate) struct KeyView {
    /// The key type, `OKP`.
    kty: String,
    /// The curve, `Ed25519`.
    crv: String,
    /// The algorithm, `EdDSA`.
    alg: String,
    /// The key id, which the receipt's header names.
    kid: String,
    /// The point, base64url.
    x: String,
}

pub(crate) async fn get_deletion_receipt(call: Call<Staff>) -> Answer<Json<ReceiptView>> {
    let request = find(&call).await?;
    let Some(receipt) = request.receipt else {
        let sentence = match request.state {
            DeletionState::Executing => "The account is being erased right now; ask for the receipt in a moment.",
            _ => "There is a receipt only once the account is erased.",
        };
        return Err(Refused::invalid_action(sentence, &[]).into());
    };
    let (key, decoded) = verified(&call, &receipt)?;
    let PublicKey { kty, crv, alg, kid, x } = key;
    Ok(Json::new(ReceiptView { receipt, public_key: KeyView { kty, crv, alg, kid, x }, decoded }))
}

/// The key that verifies a receipt, and what the receipt states. An older key stays among the public ones for as long as its receipts are to be read.
fn verified(call: &Call<Staff>, receipt: &str) -> Result<(PublicKey, Receipt), Problem> {
    for key in &call.app.verifier().public().keys {
        let one = Verifier::new(PublicKeys { keys: vec![key.clone()] })?;
        if let Ok(decoded) = one.verify(Purpose::Receipt, receipt, call.now()) {
            return Ok((key.clone(), decoded));
        }
    }
    Err(StoreError::unreadable("a receipt", "no public key of this deployment verifies it").into())
}
