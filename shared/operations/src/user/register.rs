use provost_auth::{password, secret};
use provost_domain::{
    ApiError, Country, Email, Phone, Pseudonym, User, UserId, Username, audit::Resource,
    mail::Template, message::Message, new_user_record::NewUserRecord, profile::Profile, reserved,
    secret::SubjectKey,
};
use provost_store::{credentials::Credential, settings::Settings};

use crate::{Change, Op, OperationError};

/// The data of a registration.
#[derive(Clone)]
pub struct Registration {
    /// Email address for sign-in.
    pub email: Email,
    /// Password.
    pub password: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Display name, if one was chosen.
    pub display_name: Option<String>,
    /// Username.
    pub username: Option<Username>,
    /// Phone number.
    pub phone: Option<Phone>,
    /// Date of birth, address and billing details.
    pub profile: Profile,
    /// Country from which the user registers, if it is known.
    pub country: Option<Country>,
}

impl std::fmt::Debug for Registration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Registration(…)")
    }
}

impl Registration {
    /// Checks the values that need no look-up.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` on `password`, `email` or `username`.
    pub fn check(&self, op: &Op<'_>, settings: &Settings) -> Result<(), ApiError> {
        let policy = settings.passwords().or(op.app.password_policy());
        policy.check(&self.password, &self.email)?;
        self.email.check_reachable("email", op.app.mailer().takes_utf8())?;
        match &self.username {
            Some(username) => reserved::check("username", username.as_str()),
            None => Ok(()),
        }
    }
}

/// Registers an account. An email asks to confirm the address. For a conflict about a contact, see
/// [`contact_conflict`](super::contact_conflict).
///
/// # Errors
/// As [`Registration::check`]; `REGISTRATION_DISABLED`; `VALIDATION_FAILED` on `dateOfBirth` where
/// the age rules require one.
pub fn register(
    op: &Op<'_>,
    new: Registration,
    settings: &Settings,
) -> Result<Change<User>, OperationError> {
    new.check(op, settings)?;
    let country = new.country.as_ref().or(new.profile.billing_country.as_ref());
    let rules = settings.registration();
    rules.check_registration(country, new.profile.date_of_birth.as_deref(), op.now)?;

    let credential = Credential {
        password_hash: password::hash(&new.password)?,
        set_at: op.now,
        resets: 0,
        must_reset: false,
    };
    let profile = new.profile;
    let record = NewUserRecord {
        user_id: op.app.id(UserId::new),
        pseudonym: op.app.id(Pseudonym::new),
        subject_key: SubjectKey(secret::bytes()?),
        email: new.email,
        username: new.username,
        phone: new.phone,
        first_name: new.first_name,
        last_name: new.last_name,
        display_name: new.display_name,
    }
    .begin(op.now);
    let user = record.user_id;

    let mut tx = op.transaction();
    tx.create_user(&record)?;
    tx.save_credential(user, &credential)?;
    if profile != Profile::default() {
        tx.save_profile(user, &profile)?;
    }
    // The user is also the actor, so the entry's data about them is encrypted with their own key and
    // becomes unreadable with its deletion.
    let op = op.by_owner(&record);
    tx.audit(op.entry("user.registered", Resource::User(record.subject())))?;
    op.mail(&mut tx, user, Template::VerifyEmail, None)?;
    op.app.send(&mut tx, Message::FraudScan { user })?;
    Ok(Change::new(tx, record))
}
