use std::collections::BTreeSet;

use provost_auth::secret;
use provost_domain::{
    ApiKeyId, Timestamp,
    api_key::{ApiKey, LiveKey, Scope, check_room, expiry, grant_scopes},
    audit::{Resource, note_change},
    notification::NotificationKind,
    rank::Acting,
};

use crate::{Change, Op, OperationError};

/// A wanted API key.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// Label of the key.
    pub name: String,
    /// Scopes of the key; without scopes, it has all permissions of its user.
    pub scopes: Option<Vec<Scope>>,
    /// Time at which the key expires; none for no expiry.
    pub expires_at: Option<Timestamp>,
    /// Latest expiry: that of the API key that makes the request.
    pub latest_expiry: Option<Timestamp>,
}

/// A created API key.
#[derive(Debug, Clone)]
pub struct CreatedApiKey {
    /// The stored description.
    pub described: ApiKey,
    /// The scopes as the API shows them.
    pub scopes: Option<BTreeSet<Scope>>,
    /// The key, which is not stored.
    pub key: String,
    /// Whether the wanted expiry was lowered.
    pub clamped: bool,
}

/// Creates an API key of a user, with a security notification.
///
/// # Errors
/// `PERMISSION_DENIED` or `SUPERADMIN_REQUIRED` for scopes that the user lacks; `VALIDATION_FAILED`
/// on `expiresAt`; `INVALID_ACTION` above the maximum number of keys.
pub fn create_api_key(
    op: &Op<'_>,
    owner: Acting<'_>,
    new: NewApiKey,
) -> Result<Change<CreatedApiKey>, OperationError> {
    let NewApiKey { name, scopes, expires_at, latest_expiry } = new;
    let (scopes, self_read) = grant_scopes(owner, scopes.as_deref())?;
    let shown = Scope::shown(scopes.as_ref(), self_read);
    let (expires_at, clamped) = expiry(expires_at, latest_expiry, op.now)?;
    let mut owner = owner.user.clone();
    check_room(owner.api_keys.len())?;

    let (id, key) = (op.app.id(ApiKeyId::new), secret::api_key(owner.user_id)?);
    owner.api_keys.insert(
        id,
        LiveKey {
            digest: secret::digest_of(&key),
            scopes: scopes.clone(),
            self_read,
            expires_at,
            last_used_at: None,
        },
    );
    let prefix = key.chars().take(secret::SHOWN).collect();
    let described = ApiKey { id, name, prefix, scopes, self_read, created_at: op.now, expires_at };

    let mut entry = op.entry(
        "apikey.created",
        Resource::Owned { kind: "api_key", id: id.to_string(), owner: owner.subject() },
    );
    note_change(&mut entry.changes, "name", &None, &Some(&described.name));
    note_change(&mut entry.changes, "scopes", &None, &shown);
    note_change(&mut entry.changes, "expiresAt", &None, &expires_at);
    let mut tx = op.transaction();
    tx.save_user(&owner)?;
    tx.add_api_key(owner.user_id, &described)?;
    op.notify(
        &mut tx,
        owner.user_id,
        NotificationKind::Security,
        "An API key was created",
        &format!(
            "The key “{}” can be used to act on your behalf. If you did not create it, delete it and change your password.",
            described.name
        ),
    )?;
    tx.audit(entry)?;
    Ok(Change::new(tx, CreatedApiKey { described, scopes: shown, key, clamped }))
}
