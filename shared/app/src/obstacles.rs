//! What outside the account keeps it from being erased.

use provost_domain::{UserId, subscription::Subscription};
use provost_store::StoreError;

use crate::App;

impl App {
    /// Why a subscription keeps an account from being erased: it may still charge the person, and this deployment has no key to cancel it.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn unpaid_subscription(&self, user: UserId) -> Result<Option<String>, StoreError> {
        let lives = self.store().subscriptions(user).await?.iter().any(Subscription::may_live);
        if !lives || self.stripe().is_configured(self.now()).await? {
            return Ok(None);
        }
        Ok(Some(
            "The account has a subscription at Stripe that this deployment has no key to cancel. Store the key, and the deletion goes on by itself."
                .to_owned(),
        ))
    }
}
