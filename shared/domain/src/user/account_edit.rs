//! An update of an account: what the new values may be, and who may change which.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::{
    ApiError, Country, Email, Phone, Timestamp, User, Username,
    audit::{Changes, note_change},
    external_id,
    impersonation::ImpersonationPolicy,
    profile::{self, MAX_ADDRESS, MAX_NAME, MAX_PLACE, MAX_POSTAL_CODE, Profile},
    profile_details::ProfileEdit,
    reserved, text,
    user::UserTypes,
    user_settings,
};

/// New values for an account. A field that is none stays; an inner none removes the value.
#[derive(Debug, Clone, Default)]
pub struct AccountEdit {
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Display name.
    pub display_name: Option<Option<String>>,
    /// Username.
    pub username: Option<Username>,
    /// Email address. A new address is unconfirmed.
    pub email: Option<Email>,
    /// Phone number. A new number is unconfirmed.
    pub phone: Option<Option<Phone>>,
    /// Id in another system.
    pub external_id: Option<Option<String>>,
    /// Date of birth, `YYYY-MM-DD`.
    pub date_of_birth: Option<Option<String>>,
    /// First address line.
    pub address: Option<Option<String>>,
    /// Second address line.
    pub address2: Option<Option<String>>,
    /// Billing company.
    pub billing_company: Option<Option<String>>,
    /// Billing city.
    pub billing_city: Option<Option<String>>,
    /// Billing state or region.
    pub billing_state: Option<Option<String>>,
    /// Billing postal code.
    pub billing_zip: Option<Option<String>>,
    /// Billing country.
    pub billing_country: Option<Option<Country>>,
    /// Settings to merge into the current ones (RFC 7396).
    pub settings: Option<Map<String, Value>>,
    /// What the user says about staff who act as them.
    pub impersonation_policy: Option<ImpersonationPolicy>,
    /// Types of the user.
    pub types: UserTypes,
    /// Details of the profile.
    pub details: ProfileEdit,
}

/// An account and its profile.
#[derive(Debug, Clone)]
pub struct Account {
    /// The account.
    pub user: User,
    /// The profile.
    pub profile: Profile,
}

impl AccountEdit {
    /// The same edit with the names of a new user: a display name, a given and a family name, of
    /// which some may be absent. A single name is a given name.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` on `name` without any.
    pub fn with_names(
        self,
        name: Option<String>,
        first_name: Option<String>,
        last_name: Option<String>,
    ) -> Result<Self, ApiError> {
        let (first_name, last_name, display_name) = match (name, first_name, last_name) {
            (Some(name), None, None) => (name, None, None),
            (name, Some(first), Some(last)) => (first, Some(last), name),
            (Some(name), first, last) => (first.unwrap_or_default(), last, Some(name)),
            (None, ..) => {
                return Err(ApiError::field(
                    "name",
                    "required",
                    "A name is required. Give `name`, or `first_name` and `last_name`.",
                ));
            }
        };
        Ok(Self {
            first_name: Some(first_name).filter(|name| !name.is_empty()),
            last_name,
            display_name: display_name.map(Some),
            ..self
        })
    }

    /// Applies the values to an account. Returns the account, and a former username that is no
    /// longer reserved for it. `takes_utf8` is whether emails can be sent to addresses outside
    /// ASCII.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` on the field.
    pub fn apply(
        self,
        before: &Account,
        takes_utf8: bool,
        now: Timestamp,
    ) -> Result<(Account, Option<Username>), ApiError> {
        let Account { mut user, mut profile } = before.clone();
        set(&mut user.first_name, "firstName", self.first_name, MAX_NAME)?;
        set(&mut user.last_name, "lastName", self.last_name, MAX_NAME)?;
        set_or_clear(&mut user.display_name, "displayName", self.display_name, MAX_NAME)?;
        let username = self.username.filter(|username| Some(username) != user.username.as_ref());
        let released = match username {
            Some(username) => {
                reserved::check("username", username.as_str())?;
                user.take_username(username, now)
            }
            None => None,
        };
        if let Some(email) = self.email.filter(|email| *email != user.email) {
            email.check_reachable("email", takes_utf8)?;
            user.email = email;
            user.email_verified = false;
        }
        if let Some(phone) = self.phone.filter(|phone| *phone != user.phone) {
            user.phone = phone;
            user.phone_verified = false;
        }
        if let Some(id) = self.external_id {
            user.external_id = id.map(|id| external_id::parse(&id)).transpose()?;
        }
        if let Some(born) = self.date_of_birth {
            profile.date_of_birth =
                born.map(|born| profile::date_of_birth(&born, now)).transpose()?;
        }
        let lines = [
            (&mut profile.address, "address", self.address, MAX_ADDRESS),
            (&mut profile.address2, "address2", self.address2, MAX_ADDRESS),
            (&mut profile.billing_company, "billingCompany", self.billing_company, MAX_PLACE),
            (&mut profile.billing_city, "billingCity", self.billing_city, MAX_PLACE),
            (&mut profile.billing_state, "billingState", self.billing_state, MAX_NAME),
            (&mut profile.billing_zip, "billingZip", self.billing_zip, MAX_POSTAL_CODE),
        ];
        for (to, field, text, longest) in lines {
            set_or_clear(to, field, text, longest)?;
        }
        if let Some(country) = self.billing_country {
            profile.billing_country = country;
        }
        if let Some(policy) = self.impersonation_policy {
            user.impersonation_policy = policy;
        }
        if let Some(settings) = self.settings {
            user_settings::merge(&mut profile.settings, settings)?;
        }
        user.set_types(self.types)?;
        self.details.apply(&mut profile)?;
        Ok((Account { user, profile }, released))
    }
}

fn set(to: &mut String, field: &str, text: Option<String>, longest: usize) -> Result<(), ApiError> {
    if let Some(text) = text {
        *to = text::line(field, &text, longest)?;
    }
    Ok(())
}

fn set_or_clear(
    to: &mut Option<String>,
    field: &str,
    text: Option<Option<String>>,
    longest: usize,
) -> Result<(), ApiError> {
    if let Some(text) = text {
        *to = text.map(|text| text::line(field, &text, longest)).transpose()?;
    }
    Ok(())
}

impl Account {
    /// Checks that these changes may be made by the user: they cannot change what documents have
    /// proved; staff can.
    ///
    /// # Errors
    /// `INVALID_ACTION` with `field`.
    pub fn check_identity(&self, after: &Self) -> Result<(), ApiError> {
        let changed =
            self.proved().into_iter().zip(after.proved()).find(|(one, other)| one != other);
        match changed {
            Some(((field, _), _)) if self.user.id_verified => Err(ApiError::invalid_action(
                "Your identity is verified, so you cannot change your name or date of birth. Contact support to change them.",
                &[],
            )
            .with("field", field)),
            _ => Ok(()),
        }
    }

    /// The fields that documents prove.
    fn proved(&self) -> [(&'static str, Option<&str>); 3] {
        [
            ("firstName", Some(&self.user.first_name)),
            ("lastName", Some(&self.user.last_name)),
            ("dateOfBirth", self.profile.date_of_birth.as_deref()),
        ]
    }

    /// Whether the age rules have to be checked again: they depend on the date of birth and the
    /// billing country.
    pub fn changes_age(&self, after: &Self) -> bool {
        self.profile.date_of_birth != after.profile.date_of_birth
            || self.profile.billing_country != after.profile.billing_country
    }

    /// Whether a contact changes. Users sign in with these fields or are found by them.
    pub fn changes_contacts(&self, after: &Self) -> bool {
        let (before, after) = (&self.user, &after.user);
        before.email != after.email
            || before.phone != after.phone
            || before.username != after.username
    }

    /// The changed fields. The profile is compared field by field, and the settings one by one, so
    /// that one changed setting is one changed field.
    pub fn changes(&self, after: &Self) -> Changes {
        let mut changes = Changes::new();
        let (was, is) = (&self.user, &after.user);
        note_change(&mut changes, "firstName", &was.first_name, &is.first_name);
        note_change(&mut changes, "lastName", &was.last_name, &is.last_name);
        note_change(&mut changes, "displayName", &was.display_name, &is.display_name);
        note_change(&mut changes, "username", &was.username, &is.username);
        note_change(&mut changes, "email", &was.email, &is.email);
        note_change(&mut changes, "emailVerified", &was.email_verified, &is.email_verified);
        note_change(&mut changes, "phone", &was.phone, &is.phone);
        note_change(&mut changes, "externalId", &was.external_id, &is.external_id);
        let policies = (&was.impersonation_policy, &is.impersonation_policy);
        note_change(&mut changes, "impersonationPolicy", policies.0, policies.1);
        note_change(&mut changes, "phoneVerified", &was.phone_verified, &is.phone_verified);
        note_change(&mut changes, "isInstructor", &was.is_instructor, &is.is_instructor);
        note_change(&mut changes, "isLearner", &was.is_learner, &is.is_learner);
        let (old, new) = (fields(&self.profile), fields(&after.profile));
        for name in old.keys().chain(new.keys()).filter(|name| *name != "settings") {
            note_change(&mut changes, name, &old.get(name), &new.get(name));
        }
        let (old, new): (&BTreeMap<_, _>, &BTreeMap<_, _>) =
            (&self.profile.settings, &after.profile.settings);
        for name in old.keys().chain(new.keys()) {
            note_change(&mut changes, &format!("settings.{name}"), &old.get(name), &new.get(name));
        }
        changes
    }
}

fn fields(profile: &Profile) -> Map<String, Value> {
    match serde_json::to_value(profile) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}
