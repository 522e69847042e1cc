//! `POST /api/verifications/identity`: send a document and a selfie. They are private, seen by few, each view of them is audited, and they go some days after the decision.

use provost_domain::{
    Refused,
    verification::{IMAGE_TYPES, ImageKind, VerificationType},
};
use provost_http::{Answer, Body, Call, Created, Person};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{ask::ask, uploads::Upload, views::AskedView};

/// Asking to have one's identity verified.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AskIdentity {
    /// The passport, card or licence: JPEG or PNG.
    document: Upload,
    /// The person themselves: JPEG or PNG.
    selfie: Upload,
}

/// Asks for a verification of identity.
///
/// # Errors
/// `VALIDATION_FAILED`, `INVALID_ACTION` for someone who is verified, `IN_PROGRESS`.
pub async fn submit_identity_verification(call: Call<Person>, Body(body): Body<AskIdentity>) -> Answer<Created<AskedView>> {
    if call.caller.principal.id_verified {
        return Err(Refused::invalid_action("Your identity is verified already.", &[]).into());
    }
    let uploads = vec![
        (ImageKind::Document, body.document.check("document", &IMAGE_TYPES)?),
        (ImageKind::Selfie, body.selfie.check("selfie", &IMAGE_TYPES)?),
    ];
    ask(&call, VerificationType::Identity, None, uploads).await
}
