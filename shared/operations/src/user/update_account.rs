use provost_auth::password;
use provost_domain::{
    MessageId, SessionId, User, UserId, Username,
    account_edit::{Account, AccountEdit},
    audit::{Changes, Resource, note_change},
    fraud::scan_triggers,
    mail::{Mail, Template},
    message::Message,
    notification::NotificationKind,
};
use provost_store::{Transaction, credentials::Credential};

use crate::{Change, Op, OperationError};

/// An update of an account that is valid, and for which nothing is proved yet.
#[derive(Debug)]
pub struct AccountUpdate {
    /// The account before the update.
    pub before: Account,
    /// The account as the update leaves it.
    pub after: Account,
    /// A former username that is no longer reserved.
    released: Option<Username>,
}

impl AccountUpdate {
    /// The update that an edit makes.
    ///
    /// # Errors
    /// `INVALID_ACTION` for an account that is scheduled for deletion, `VALIDATION_FAILED` on the
    /// field.
    pub fn new(op: &Op<'_>, before: Account, edit: AccountEdit) -> Result<Self, OperationError> {
        before.user.check_not_scheduled_for_deletion()?;
        let (after, released) = edit.apply(&before, op.app.mailer().takes_utf8(), op.now)?;
        Ok(Self { before, after, released })
    }

    /// Checks an update by the owner of the account. The age rules also apply after registration, by
    /// the billing country, so that they cannot be bypassed by a later change.
    ///
    /// # Errors
    /// `INVALID_ACTION` for what documents have proved, `VALIDATION_FAILED` on `dateOfBirth`.
    pub async fn check_by_owner(&self, op: &Op<'_>) -> Result<(), OperationError> {
        self.before.check_identity(&self.after)?;
        if !self.before.changes_age(&self.after) {
            return Ok(());
        }
        let profile = &self.after.profile;
        op.app.store().settings().await?.registration().check_age(
            profile.billing_country.as_ref(),
            profile.date_of_birth.as_deref(),
            op.now,
        )?;
        Ok(())
    }

    /// Whether the email address changes.
    pub fn changes_email(&self) -> bool {
        self.before.user.email != self.after.user.email
    }

    /// Whether the email address, the username or the phone number changes.
    pub fn changes_contacts(&self) -> bool {
        self.before.changes_contacts(&self.after)
    }
}

/// What the caller has proved for an update.
#[derive(Debug)]
pub enum Proof {
    /// Nothing: staff change the account, or nothing changes that needs a proof.
    None,
    /// The current password, for a new email address, which will control the account. Holds the
    /// account after the attempt was counted.
    Password(Box<User>),
    /// The current password, for a new one.
    NewPassword(Box<NewPassword>),
    /// Nothing: staff change contacts or the password of another user.
    SetByStaff(Box<SetByStaff>),
}

/// How staff change contacts and the password of another user.
pub struct SetByStaff {
    /// The current credential; none for a user without a password.
    pub known: Option<Credential>,
    /// New password; none to leave it.
    pub password: Option<String>,
    /// Whether a new email address or phone number counts as confirmed.
    pub mark_verified: bool,
    /// Whether all sessions and API keys of the user are revoked.
    pub revoke: bool,
    /// Whether the user is notified: in the mailbox, and by email to the former address.
    pub notify: bool,
}

impl std::fmt::Debug for SetByStaff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SetByStaff(…)")
    }
}

/// A new password, and the proof of the current one.
pub struct NewPassword {
    /// The account after the attempt was counted.
    pub counted: User,
    /// The credential of the current password.
    pub proved: Credential,
    /// The session of the request, which stays.
    pub session: SessionId,
    /// The new password.
    pub password: String,
}

impl std::fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewPassword(…)")
    }
}

/// Updates an account. Returns no change if all values are the same. For a conflict about a contact,
/// see [`contact_conflict`](super::contact_conflict).
///
/// With a new password, all other sessions and all API keys are revoked, and links to reset the
/// password become invalid (OWASP ASVS 5.0, 6.2.3 and 7.4.3).
///
/// # Errors
/// The store failed.
pub fn update_account(
    op: &Op<'_>,
    update: AccountUpdate,
    proof: Proof,
) -> Result<Option<Change<Account>>, OperationError> {
    let AccountUpdate { before, mut after, released } = update;
    let notify = !matches!(&proof, Proof::SetByStaff(set) if !set.notify);
    if let Proof::SetByStaff(set) = &proof
        && set.mark_verified
    {
        mark_verified(&before.user, &mut after.user);
    }
    let mut changes = before.changes(&after);
    if changes.is_empty()
        && matches!(&proof, Proof::SetByStaff(set) if set.password.is_none() && !set.revoke)
    {
        return Ok(None);
    }
    let credential = prove(op, &mut after.user, proof, &before.user, &mut changes)?;
    if changes.is_empty() && credential.is_none() {
        return Ok(None);
    }
    after.user = after.user.changed(op.now);

    let user = after.user.user_id;
    let mut tx = op.transaction();
    tx.save_user(&after.user)?;
    if after.profile != before.profile {
        tx.save_profile(user, &after.profile)?;
    }
    move_username(op, &mut tx, &before.user, &after.user, released)?;
    if let Some(credential) = &credential {
        tx.save_credential(user, credential)?;
        if notify {
            notify_of_password(op, &mut tx, user)?;
        }
    }
    move_contacts(op, &mut tx, &before.user, &after.user, notify)?;
    if scan_triggers::at_change((&before.user, &before.profile), (&after.user, &after.profile)) {
        op.app.send(&mut tx, Message::FraudScan { user })?;
    }
    let action = if credential.is_some() { "user.password_changed" } else { "user.updated" };
    let mut entry = op.entry(action, Resource::User(after.user.subject()));
    entry.changes = changes;
    tx.audit(entry)?;
    Ok(Some(Change::new(tx, after)))
}

/// Takes the attempt that the proof counted into the account, and returns the credential of a new
/// password.
fn prove(
    op: &Op<'_>,
    after: &mut User,
    proof: Proof,
    before: &User,
    changes: &mut Changes,
) -> Result<Option<Credential>, OperationError> {
    match proof {
        Proof::None => Ok(None),
        Proof::Password(counted) => {
            (after.failures, after.revision) = (counted.failures, counted.revision);
            *after = after.clone().withdraw_try();
            Ok(None)
        }
        Proof::NewPassword(new) => {
            let NewPassword { counted, proved, session, password } = *new;
            (after.failures, after.revision) = (counted.failures, counted.revision);
            *after = after.clone().change_password(session);
            note_change(changes, "passwordSetAt", &proved.set_at, &op.now);
            note_change(changes, "sessions", &before.sessions.len(), &after.sessions.len());
            note_change(changes, "apiKeys", &before.api_keys.len(), &after.api_keys.len());
            Ok(Some(Credential {
                password_hash: password::hash(&password)?,
                set_at: op.now,
                resets: proved.resets + 1,
                must_reset: false,
            }))
        }
        Proof::SetByStaff(set) => {
            let SetByStaff { known, password, revoke, .. } = *set;
            if revoke {
                after.end_credentials();
            }
            note_change(changes, "sessions", &before.sessions.len(), &after.sessions.len());
            note_change(changes, "apiKeys", &before.api_keys.len(), &after.api_keys.len());
            let Some(password) = password else { return Ok(None) };
            after.failures = after.failures.forgiven();
            let set_at = known.as_ref().map(|known| known.set_at);
            note_change(changes, "passwordSetAt", &set_at, &Some(op.now));
            Ok(Some(Credential {
                password_hash: password::hash(&password)?,
                set_at: op.now,
                resets: known.map_or(0, |known| known.resets) + 1,
                must_reset: false,
            }))
        }
    }
}

/// Confirms contacts that staff changed.
fn mark_verified(before: &User, after: &mut User) {
    if before.email != after.email {
        after.mark_email_confirmed();
    }
    if before.phone != after.phone {
        after.phone_verified = after.phone.is_some();
    }
}

fn move_username(
    op: &Op<'_>,
    tx: &mut Transaction,
    before: &User,
    after: &User,
    released: Option<Username>,
) -> Result<(), OperationError> {
    let user = after.user_id;
    if let Some(username) =
        after.username.as_ref().filter(|new| before.username.as_ref() != Some(new))
    {
        tx.move_username(user, before.username.as_ref(), username, op.now)?;
    }
    if let Some(released) = released {
        tx.release_username(user, &released)?;
    }
    Ok(())
}

/// Moves the phone number, the external id and the email address. A new address is to be confirmed, unless staff
/// confirmed it, and a confirmed former one is remembered. `notify` is whether the user is notified.
fn move_contacts(
    op: &Op<'_>,
    tx: &mut Transaction,
    before: &User,
    after: &User,
    notify: bool,
) -> Result<(), OperationError> {
    let user = after.user_id;
    if before.phone != after.phone {
        tx.move_phone(user, before.phone.as_ref(), after.phone.as_ref())?;
    }
    if before.external_id != after.external_id {
        tx.move_external_id(user, before.external_id.as_deref(), after.external_id.as_deref())?;
    }
    if before.email != after.email {
        tx.move_email(user, &before.email, &after.email)?;
        if before.email_verified {
            tx.remember_former_address(user, &before.email, op.now)?;
        }
        if !after.email_verified {
            op.mail(tx, user, Template::VerifyEmail, None)?;
        }
        if notify {
            notify_of_new_address(op, tx, before)?;
        }
    }
    Ok(())
}

/// Notifies the user in the mailbox and, if the old address was confirmed, by an email to it, so
/// that a takeover of the account is noticed.
fn notify_of_new_address(
    op: &Op<'_>,
    tx: &mut Transaction,
    before: &User,
) -> Result<(), OperationError> {
    let user = before.user_id;
    op.notify(
        tx,
        user,
        NotificationKind::Security,
        "Your email address has been changed",
        "Emails go to the new address from now on. If you did not change it, contact support right away.",
    )?;
    if before.email_verified {
        let (id, template) = (op.app.id(MessageId::new), Template::AddressChanged);
        // A message never contains an address, so the email is stored here with its recipient.
        let mail = Mail {
            request_id: Some(op.origin.request_id),
            ..Mail::queued(id, before.email.as_str(), template, op.now)
        };
        tx.queue_mail(user, &mail)?;
        op.app.send(tx, Message::Mail { id, user, template, about: None })?;
    }
    Ok(())
}

/// Notifies the user by email and in the mailbox, so that a takeover of the account is noticed.
fn notify_of_password(
    op: &Op<'_>,
    tx: &mut Transaction,
    user: UserId,
) -> Result<(), OperationError> {
    op.notify(
        tx,
        user,
        NotificationKind::Security,
        "Your password has been changed",
        "All other sessions have been signed out, and all API keys have been revoked. If you did not change it, request a password reset now.",
    )?;
    op.mail(tx, user, Template::PasswordChanged, None)?;
    Ok(())
}
