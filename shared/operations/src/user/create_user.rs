use provost_auth::{password, secret};
use provost_domain::{
    ApiError, BuiltInRole, Email, Phone, Pseudonym, Status, SuspensionId, User, UserId, Username,
    account_edit::{Account, AccountEdit},
    audit::{Resource, note_change},
    mail::Template,
    message::Message,
    new_user_record::NewUserRecord,
    profile::Profile,
    reserved,
    secret::SubjectKey,
    user::{Suspension, SuspensionKind},
};
use provost_store::{Transaction, credentials::Credential, profiles::UserInFull};

use crate::{
    Change, Op, OperationError, credential::password_policy, session::apply_second_factor_rule,
};

/// The data of a user whom staff or another service create.
#[derive(Clone)]
pub struct NewUser {
    /// Email address for sign-in.
    pub email: Email,
    /// Whether the address counts as confirmed.
    pub email_verified: bool,
    /// Password; none for a user who chooses one by the link in the email.
    pub password: Option<NewCredential>,
    /// Username.
    pub username: Option<Username>,
    /// Phone number.
    pub phone: Option<Phone>,
    /// Whether the number counts as confirmed.
    pub phone_verified: bool,
    /// Unique id; none for a generated one.
    pub unique_id: Option<String>,
    /// Id in another system, which was parsed.
    pub external_id: Option<String>,
    /// Built-in role.
    pub role: BuiltInRole,
    /// Status; none for active if the address is confirmed, and waiting for verification otherwise.
    pub status: Option<Status>,
    /// Names, types and details of the profile.
    pub edit: AccountEdit,
    /// Email that the user is sent.
    pub email_sent: CreationEmail,
}

/// The password of a new user.
#[derive(Clone)]
pub enum NewCredential {
    /// The password itself.
    Password(String),
    /// The hash of another system, in the form that [`password::import`] returns.
    Hash(String),
}

impl std::fmt::Debug for NewCredential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewCredential(…)")
    }
}

impl std::fmt::Debug for NewUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewUser(…)")
    }
}

/// The email that a new user is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreationEmail {
    /// A welcome, with a link to choose a password for a user without one; an address that is not
    /// confirmed is asked to be confirmed instead if the user has a password.
    Welcome,
    /// None.
    None,
}

/// Creates a user. For a conflict about a contact, see
/// [`contact_conflict`](super::contact_conflict).
///
/// # Errors
/// `VALIDATION_FAILED` on the field; `INVALID_ACTION` for a status that a new account cannot have.
pub async fn create_user(op: &Op<'_>, new: NewUser) -> Result<Change<UserInFull>, OperationError> {
    let password_hash = match &new.password {
        Some(NewCredential::Password(password)) => {
            password_policy(op.app).await?.check(password, &new.email)?;
            Some(password::hash(password)?)
        }
        // Its password was chosen under the rules of the other system.
        Some(NewCredential::Hash(hash)) => Some(hash.clone()),
        None => None,
    };
    let credential = password_hash.map(|password_hash| Credential {
        password_hash,
        set_at: op.now,
        resets: 0,
        must_reset: false,
    });
    let (role, email_sent) = (new.role, new.email_sent);
    let Account { user, profile } = account(op, new)?;
    let user = if role == BuiltInRole::User {
        user
    } else {
        apply_second_factor_rule(op.app, user).await?
    };

    let mut tx = op.transaction();
    tx.create_user(&user)?;
    if let Some(credential) = &credential {
        tx.save_credential(user.user_id, credential)?;
    }
    if profile != Profile::default() {
        tx.save_profile(user.user_id, &profile)?;
    }
    let mut entry = op.entry("user.created", Resource::User(user.subject()));
    note_change(&mut entry.changes, "role", &None, &Some(user.role));
    note_change(&mut entry.changes, "status", &None, &Some(user.status));
    tx.audit(entry)?;
    if email_sent == CreationEmail::Welcome {
        welcome(op, &mut tx, &user, credential.is_some())?;
    }
    op.app.send(&mut tx, Message::FraudScan { user: user.user_id })?;
    Ok(Change::new(tx, UserInFull { user, profile, credential }))
}

fn welcome(
    op: &Op<'_>,
    tx: &mut Transaction,
    user: &User,
    has_password: bool,
) -> Result<(), OperationError> {
    // The link to choose a password confirms the address too.
    let template = if has_password && !user.email_verified {
        Template::VerifyEmail
    } else {
        Template::Welcome
    };
    Ok(op.mail(tx, user.user_id, template, None)?)
}

/// The account and the profile of a new user.
fn account(op: &Op<'_>, new: NewUser) -> Result<Account, OperationError> {
    new.email.check_reachable("email", op.app.mailer().takes_utf8())?;
    if let Some(username) = &new.username {
        reserved::check("username", username.as_str())?;
    }
    let person = NewUserRecord {
        user_id: op.app.id(UserId::new),
        pseudonym: op.app.id(Pseudonym::new),
        subject_key: SubjectKey(secret::bytes()?),
        email: new.email,
        username: new.username,
        phone: new.phone,
        first_name: String::new(),
        last_name: String::new(),
        display_name: None,
    };
    let mut user = person.begin(op.now);
    user.phone_verified = new.phone_verified && user.phone.is_some();
    if let Some(unique_id) = new.unique_id {
        user.unique_id = unique_id;
    }
    user.external_id = new.external_id;
    user.set_role(new.role);
    let status = new.status.unwrap_or(Status::PendingVerification);
    if new.email_verified {
        user.email_verified = true;
        user.confirmed_once = true;
    }
    user.status = match (new.status, new.email_verified) {
        (None, true) => Status::Active,
        _ => status,
    };
    let empty = Account { user, profile: Profile::default() };
    let (Account { mut user, profile }, _) =
        new.edit.apply(&empty, op.app.mailer().takes_utf8(), op.now)?;
    match user.status {
        Status::Active | Status::Inactive | Status::PendingVerification => {}
        Status::Suspended => user = suspended(op, user)?,
        _ => {
            return Err(ApiError::field(
                "status",
                "invalid",
                "A new account cannot have this status. Use active, pending_verification, inactive or suspended.",
            )
            .into());
        }
    }
    Ok(Account { user, profile })
}

/// A new account that is suspended from the start, for the reason of the operation.
fn suspended(op: &Op<'_>, mut user: User) -> Result<User, OperationError> {
    let (Some(account), Some(reason)) = (op.account, op.reason.clone()) else {
        return Err(ApiError::field(
            "reason",
            "required",
            "A suspension needs a reason. Give it in `reason` or in the header X-Reason.",
        )
        .into());
    };
    user.status = if user.email_verified { Status::Active } else { Status::PendingVerification };
    let suspension = Suspension {
        id: Some(op.app.id(SuspensionId::new)),
        kind: SuspensionKind::Suspension,
        reason,
        by: account.pseudonym,
        at: op.now,
        expires_at: None,
        before: user.status,
    };
    let version = user.version;
    Ok(User { version, ..user.suspend(suspension, op.now)? })
}
