//! `GET /.well-known/jwks.json`: list the public keys of access tokens (RFC 7517), with which other
//! services can verify a token.

use http::{HeaderMap, HeaderValue, StatusCode, header};
use provost_auth::{Purpose, keys::PublicKey};
use provost_http::{
    HandlerResult, PublicGrant, RequestContext,
    reply::{IntoReply, Reply, ReplyDoc},
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;

/// Cache lifetime of the key set. A new key is published at least this long before it signs: see
/// key rotation in `infra/deploy/README.md`.
const CACHE: &str = "public, max-age=300";

/// A public key as a JSON Web Key (RFC 8037).
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SessionKey {
    /// Key type: `OKP`.
    kty: String,
    /// Curve: `Ed25519`.
    crv: String,
    /// Algorithm: `EdDSA`.
    alg: String,
    /// Use: `sig`.
    #[serde(rename = "use")]
    usage: &'static str,
    /// Key id, as in the header of a token.
    kid: String,
    /// Public key in base64url.
    x: String,
}

/// The public keys of access tokens, as a JSON Web Key Set (RFC 7517).
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct JsonWebKeySet {
    /// All keys that may have signed a valid token.
    keys: Vec<SessionKey>,
}

impl From<&PublicKey> for SessionKey {
    fn from(key: &PublicKey) -> Self {
        let PublicKey { kty, crv, alg, kid, x } = key.clone();
        Self { kty, crv, alg, usage: "sig", kid, x }
    }
}

impl IntoReply for JsonWebKeySet {
    fn reply(&self) -> Reply {
        let headers =
            HeaderMap::from_iter([(header::CACHE_CONTROL, HeaderValue::from_static(CACHE))]);
        // Strings and lists of strings always have a JSON form.
        let body = serde_json::to_string(self).unwrap_or_default().into();
        Reply { status: StatusCode::OK, headers, content_type: "application/jwk-set+json", body }
    }

    fn describe(schemas: &mut SchemaGenerator) -> ReplyDoc {
        ReplyDoc {
            status: 200,
            description: "The JSON Web Key Set.",
            content: vec![("application/jwk-set+json", schemas.subschema_for::<Self>().to_value())],
            ..ReplyDoc::default()
        }
    }
}

/// The keys of access tokens. Keys of links and receipts are not listed: no other service gets
/// tokens signed with them.
pub async fn get_jwks(ctx: RequestContext<PublicGrant>) -> HandlerResult<JsonWebKeySet> {
    let keys = &ctx.app.verifier().public().keys;
    let of_sessions = keys.iter().filter(|key| key.purpose() == Some(Purpose::Session));
    Ok(JsonWebKeySet { keys: of_sessions.map(SessionKey::from).collect() })
}
