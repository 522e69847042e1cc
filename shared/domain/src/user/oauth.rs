//! Accounts at other providers, such as Google, that are linked to a user.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ApiError, Code, Email, Timestamp, User, contact, stored_enum::stored_enum, text};

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

impl User {
    /// The linked account at a provider.
    pub fn oauth_identity(&self, provider: OauthProvider) -> Option<&OauthIdentity> {
        self.oauth.iter().find(|identity| identity.provider == provider)
    }

    /// Links an account at a provider. Returns the one that it replaces.
    ///
    /// # Errors
    /// `ALREADY_EXISTS` when another one is linked and must not be replaced.
    pub fn link_oauth(
        &mut self,
        identity: OauthIdentity,
        replace: bool,
    ) -> Result<Option<OauthIdentity>, ApiError> {
        let earlier = self.oauth.iter().position(|known| known.provider == identity.provider);
        if earlier.is_some() && !replace {
            return Err(ApiError::new(
                Code::AlreadyExists,
                "Another account of this provider is linked. Send `replace: true` to replace it.",
            )
            .with("field", "provider"));
        }
        let earlier = earlier.map(|at| self.oauth.remove(at));
        self.oauth.push(identity);
        Ok(earlier)
    }

    /// Removes the link to an account at a provider.
    ///
    /// # Errors
    /// `NOT_FOUND` when it is not linked; `INVALID_ACTION` when the user could not sign in any more,
    /// `has_password` being whether there is a password.
    pub fn unlink_oauth(
        &mut self,
        provider: OauthProvider,
        id: Option<&str>,
        has_password: bool,
    ) -> Result<OauthIdentity, ApiError> {
        let linked = |known: &OauthIdentity| {
            known.provider == provider && id.is_none_or(|id| id == known.provider_user_id)
        };
        let at = self
            .oauth
            .iter()
            .position(linked)
            .ok_or_else(|| ApiError::missing("linked account"))?;
        if !has_password && self.oauth.len() == 1 {
            return Err(ApiError::invalid_action(
                "This is the only way in which the user can sign in. Set a password or link another account first.",
                &["link"],
            ));
        }
        Ok(self.oauth.remove(at))
    }
}
