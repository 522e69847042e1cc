//! External obstacles to the erasure of an account.

use provost_domain::{UserId, subscription::Subscription};
use provost_store::StoreError;

use crate::App;

impl App {
    /// Why a subscription or a customer at Stripe blocks the erasure of an account: it may still
    /// charge the user, and this deployment has no key to remove it.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn unpaid_subscription(&self, user: UserId) -> Result<Option<String>, StoreError> {
        let lives = self.store().subscriptions(user).await?.iter().any(Subscription::may_live)
            || self.store().customer(user).await?.is_some()
            || self.store().customer_intent(user).await?.is_some();
        if !lives || self.stripe().is_configured(self.now()).await? {
            return Ok(None);
        }
        Ok(Some(
            "The account has a subscription at Stripe or is a customer there, and this deployment has no key to end that. Store the key, and the deletion continues automatically."
                .to_owned(),
        ))
    }
}
