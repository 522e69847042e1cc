use provost_domain::{
    ApiError, Code, ExportId, User,
    audit::{Entry, Resource, note_change},
    export::{Category, ExportJob, ListFormat, ListSelection, requested_by},
    message::Message,
};
use provost_store::{Conflict, StoreError, seal};

use crate::{Change, Op, OperationError};

/// What is exported of the users of the platform.
#[derive(Debug, Clone, Copy)]
pub struct UsersExport<'a> {
    /// The query string of the request, which may contain a name.
    pub query: &'a str,
    /// Format of the file.
    pub format: ListFormat,
    /// Number of users that match.
    pub users: u64,
}

/// Records that a member of staff exports users in a file of the response.
///
/// # Errors
/// `Unreadable` when the entry cannot be written.
pub fn export_users(
    op: &Op<'_>,
    exporter: &User,
    export: &UsersExport<'_>,
) -> Result<Change<()>, StoreError> {
    let mut tx = op.transaction();
    tx.audit(exported(op, exporter, op.origin.request_id.to_string(), export))?;
    Ok(Change::new(tx, ()))
}

/// Requests an archive with a file of users. A worker writes it, as the requester may see the users
/// by then. The job is an export of the requester: they follow, download, share and cancel it like
/// one of their own data. `selection` is what the worker reads, as JSON.
///
/// # Errors
/// `IN_PROGRESS` while another export of the requester is running; `INVALID_ACTION` when their
/// account is being erased.
pub fn start_users_export(
    op: &Op<'_>,
    exporter: &User,
    export: &UsersExport<'_>,
    selection: &str,
    recipients: Vec<String>,
) -> Result<Change<ExportJob>, OperationError> {
    let filter = seal::seal(&exporter.subject_key, exporter.pseudonym, selection)
        .ok_or_else(|| StoreError::unreadable("a filter of users", "no key seals it"))?;
    let id = op.app.id(ExportId::new);
    let by = requested_by(true, exporter.pseudonym);
    let categories = vec![Category::Directory];
    let job = ExportJob::queued(id, exporter.user_id, by, recipients, categories, op.now)
        .of_list(ListSelection { format: export.format, filter });
    let mut tx = op.transaction();
    tx.create_export(&job, op.now)?;
    tx.audit(exported(op, exporter, id.to_string(), export))?;
    op.app.send(&mut tx, Message::Export { job: id })?;
    Ok(Change::new(tx, job)
        .refused_on(
            Conflict::ExportRunning,
            ApiError::new(
                Code::InProgress,
                "Another export of your account is running. Wait until it has ended, or cancel it.",
            ),
        )
        .refused_on(
            Conflict::Erasing,
            ApiError::new(Code::InvalidAction, "This account is being erased."),
        ))
}

/// What the worker reads of an export of users; `None` if the requester's key does not open it.
pub fn users_selection(exporter: &User, selection: &ListSelection) -> Option<String> {
    seal::open(&exporter.subject_key, exporter.pseudonym, &selection.filter)
}

/// The entry about an export with this id. It belongs to the exporter, whose key encrypts it.
fn exported(op: &Op<'_>, exporter: &User, id: String, export: &UsersExport<'_>) -> Entry {
    let resource = Resource::Owned { kind: "user_export", id, owner: exporter.subject() };
    let mut entry = op.entry("user.exported", resource);
    note_change(&mut entry.changes, "format", &None, &Some(export.format.as_str()));
    note_change(&mut entry.changes, "users", &None, &Some(export.users));
    note_change(&mut entry.changes, "filter", &None, &Some(export.query));
    entry
}
