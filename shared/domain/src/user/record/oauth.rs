//! The linked accounts of a user.

use super::User;
use crate::{
    ApiError, Code,
    oauth::{OauthIdentity, OauthProvider},
};

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
