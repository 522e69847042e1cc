//! The part of a profile that others can see: one rule for all routes.

use std::collections::BTreeMap;

use provost_domain::{Country, Permission, Phone, User, profile::Profile};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// The permissions for each group of details.
pub const GUARDED: [(Permission, &[&str]); 2] = [
    (
        Permission::BillingRead,
        &[
            "address",
            "address2",
            "billingCompany",
            "billingCity",
            "billingState",
            "billingZip",
            "phone",
        ],
    ),
    (Permission::UserUpdate, &["dateOfBirth", "settings"]),
];

/// Personal details of a user, each visible only with the permission for it.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Details {
    /// Date of birth (`YYYY-MM-DD`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_of_birth: Option<String>,
    /// Phone number (E.164).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
    /// First line of the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Second line of the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address2: Option<String>,
    /// Company for billing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billing_company: Option<String>,
    /// City for billing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billing_city: Option<String>,
    /// State or region for billing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billing_state: Option<String>,
    /// Postal code for billing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billing_zip: Option<String>,
    /// Country for billing (ISO 3166-1 alpha-2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billing_country: Option<Country>,
    /// URL of the avatar.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
    /// Biography, written by the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bio: Option<String>,
    /// The user's portal settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<BTreeMap<String, Value>>,
}

impl Details {
    /// The details that a caller with these permissions can see.
    pub fn of(person: &User, profile: &Profile, may: impl Fn(Permission) -> bool) -> Self {
        let mut details = Self {
            billing_country: profile.billing_country.clone(),
            avatar_url: profile.avatar_url.clone(),
            bio: profile.bio.clone(),
            ..Self::default()
        };
        if may(Permission::UserUpdate) {
            details.date_of_birth = profile.date_of_birth.clone();
            details.settings = Some(profile.settings.clone());
        }
        if may(Permission::BillingRead) {
            details.phone = person.phone.clone();
            details.address = profile.address.clone();
            details.address2 = profile.address2.clone();
            details.billing_company = profile.billing_company.clone();
            details.billing_city = profile.billing_city.clone();
            details.billing_state = profile.billing_state.clone();
            details.billing_zip = profile.billing_zip.clone();
        }
        details
    }

    /// The fields that a caller with these permissions cannot see.
    pub fn hidden(may: impl Fn(Permission) -> bool) -> impl Iterator<Item = &'static str> {
        GUARDED
            .into_iter()
            .filter(move |(permission, _)| !may(*permission))
            .flat_map(|(_, fields)| fields.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_fields_of_an_account_are_named() {
        let hidden = |held: &[Permission]| {
            Details::hidden(|permission| held.contains(&permission)).collect::<Vec<_>>()
        };
        assert_eq!(hidden(&[Permission::BillingRead]), ["dateOfBirth", "settings"]);
        assert!(hidden(&[Permission::BillingRead, Permission::UserUpdate]).is_empty());
        assert_eq!(hidden(&[]).len(), 9);
    }
}
