use std::fmt;

use provost_auth::secret;
use provost_domain::{
    PermissionSet, SystemKeyId,
    audit::{Resource, note_change},
    rank::{Acting, check_grant},
    system_key::{LiveSystemKey, Service},
};
use provost_store::Conflict;

use crate::{Change, Op, OperationError};

/// A created system key.
#[derive(Clone)]
pub struct CreatedSystemKey {
    /// Id of the key.
    pub id: SystemKeyId,
    /// Name of the service.
    pub service: String,
    /// The stored description.
    pub described: LiveSystemKey,
    /// The key, which is not stored.
    pub key: String,
}

impl fmt::Debug for CreatedSystemKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, service, .. } = self;
        f.debug_struct("CreatedSystemKey")
            .field("id", id)
            .field("service", service)
            .finish_non_exhaustive()
    }
}

/// Creates a key of a service, beside at most one other.
///
/// # Errors
/// `PERMISSION_DENIED` or `SUPERADMIN_REQUIRED` for scopes that the maker lacks; `INVALID_ACTION`
/// when two keys of the service are live.
pub fn create_system_key(
    op: &Op<'_>,
    maker: Acting<'_>,
    service: Service,
    scopes: PermissionSet,
) -> Result<Change<CreatedSystemKey>, OperationError> {
    check_grant(maker, &scopes)?;
    let (id, key) = (op.app.id(SystemKeyId::new), secret::system_key(&service.name)?);
    let described = LiveSystemKey {
        digest: secret::digest_of(&key),
        prefix: key.chars().take(secret::SHOWN).collect(),
        scopes,
        created_at: op.now,
        last_used_at: None,
    };
    let service = service.add(id, described.clone())?;
    let mut entry =
        op.entry("system_key.created", Resource::Other { kind: "system_key", id: id.to_string() });
    note_change(&mut entry.changes, "service", &None, &Some(&service.name));
    note_change(&mut entry.changes, "scopes", &None, &Some(&described.scopes));
    let mut tx = op.transaction();
    tx.save_service(&service)?;
    tx.audit(entry)?;
    let after = CreatedSystemKey { id, service: service.name, described, key };
    Ok(Change::new(tx, after).decided_again_on(&[Conflict::SystemKeys]))
}
