use provost_domain::{
    User,
    audit::{Entry, Resource, note_change},
};
use provost_store::{StoreError, audit_log::AuditFilter};

use crate::{Change, Op};

/// Records that a member of staff exports a selection of the audit log: who, when, with which
/// filter, in which format and how many entries.
///
/// # Errors
/// `Unreadable` when the entry cannot be written.
pub fn export_selection(
    op: &Op<'_>,
    exporter: &User,
    filter: &AuditFilter,
    format: &str,
    entries: u64,
) -> Result<Change<()>, StoreError> {
    let id = op.origin.request_id.to_string();
    let mut tx = op.transaction();
    tx.audit(exported(op, exporter, id, filter, format, Some(entries)))?;
    Ok(Change::new(tx, ()))
}

/// The entry about an export with this id. A filter may contain a name that was searched for, so the
/// entry belongs to the exporter, whose key encrypts it.
pub(super) fn exported(
    op: &Op<'_>,
    exporter: &User,
    id: String,
    filter: &AuditFilter,
    format: &str,
    entries: Option<u64>,
) -> Entry {
    let resource = Resource::Owned { kind: "audit_export", id, owner: exporter.subject() };
    let mut entry = op.entry("audit.exported", resource);
    let filter = filter.describe();
    note_change(&mut entry.changes, "format", &None, &Some(format));
    note_change(&mut entry.changes, "entries", &None, &entries);
    note_change(&mut entry.changes, "filter", &None, &Some(filter));
    entry
}
