//! Accounts at other providers, such as Google, that are linked to a user.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ApiError, Email, Timestamp, contact, stored_enum::stored_enum, text};

stored_enum! {
    /// Provider of accounts with which users sign in (OAuth 2.0, OpenID Connect).
    #[derive(PartialOrd, Ord, Hash)]
    pub enum OauthProvider {
        /// Google.
        Google = "google",
        /// Facebook.
        Facebook = "facebook",
        /// GitHub.
        Github = "github",
        /// Apple.
        Apple = "apple",
    }
}

/// Maximum length of a user's id at a provider, in characters.
pub const MAX_PROVIDER_ID: usize = 255;

/// An account at a provider that is linked to a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OauthIdentity {
    /// The provider.
    pub provider: OauthProvider,
    /// The user's id at the provider, unique there (`sub` in OpenID Connect).
    pub provider_user_id: String,
    /// Email address at the provider.
    #[serde(
        skip_serializing_if = "Option::is_none",
        default,
        deserialize_with = "contact::stored_option"
    )]
    pub email: Option<Email>,
    /// Name at the provider.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub display_name: Option<String>,
    /// Time at which it was linked.
    pub linked_at: Timestamp,
}

/// Parses a user's id at a provider: visible ASCII characters.
///
/// # Errors
/// `VALIDATION_FAILED` on `providerUserId`.
pub fn provider_user_id(given: &str) -> Result<String, ApiError> {
    let id = text::line("providerUserId", given, MAX_PROVIDER_ID)?;
    if id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(id);
    }
    Err(ApiError::field(
        "providerUserId",
        "invalid",
        "This is not an id of a provider. Use the id that the provider gives, without spaces.",
    ))
}
