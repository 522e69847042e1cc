//! Tiers of accounts and organisations.

use crate::stored_enum::stored_enum;

stored_enum! {
    /// Portal tier of an account or organisation.
    #[derive(Default)]
    pub enum PortalTier {
        /// Free Portal.
        #[default]
        Free = "free",
        /// Pro Portal.
        Paid = "paid",
        /// Educational Portal.
        Educational = "educational",
        /// Enterprise Portal.
        Enterprise = "enterprise",
    }
}
