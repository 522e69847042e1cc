//! Settings of the deployment that staff may change while it runs: one small item.

use serde::{Deserialize, Serialize};

use crate::{Store, StoreError, item::{Key, decode}};

/// The settings; what is not set has its default.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Settings {
    /// Whether people may register.
    pub registration_open: bool,
    /// Countries from which nobody registers.
    pub blocked_countries: Vec<provost_domain::Country>,
    /// Days between a deletion request and the erasure, 0–365.
    pub deletion_grace_days: i64,
}

impl Default for Settings {
    fn default() -> Self { Self { registration_open: true, blocked_countries: Vec::new(), deletion_grace_days: provost_domain::deletion::DEFAULT_GRACE_DAYS } }
}

/// Where the settings stand.
pub fn key() -> Key { Key::new("SETTINGS", "CURRENT") }

impl Store {
    /// Reads the settings.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn settings(&self) -> Result<Settings, StoreError> {
        let call = self.dynamo.get_item().table_name(&self.names.catalogue).set_key(Some(key().attributes()));
        let found = call.send().await.map_err(|cause| StoreError::unavailable("reading the settings", cause))?;
        found.item.map_or_else(|| Ok(Settings::default()), |item| decode("settings", item))
    }
}
