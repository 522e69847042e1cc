use provost_domain::{
    ApiError, Code, ExportId, User,
    export::{Category, ExportJob, ListFormat, ListSelection, requested_by},
    message::Message,
};
use provost_store::{Conflict, StoreError, audit_log::AuditFilter, seal};

use super::export_selection::exported;
use crate::{Change, Op, OperationError};

/// A file of the audit log to write.
#[derive(Debug, Clone)]
pub struct NewLogExport {
    /// The entries.
    pub filter: AuditFilter,
    /// Format of the file.
    pub format: ListFormat,
    /// Recipients (age public keys) that the archive is encrypted to.
    pub recipients: Vec<String>,
}

/// Requests an archive with all entries of the audit log that match a filter, up to now. A worker
/// writes it, as the requester may see the entries by then. The job is an export of the requester:
/// they follow, download and cancel it like one of their own data.
///
/// # Errors
/// `IN_PROGRESS` while another export of the requester is running; `INVALID_ACTION` when their
/// account is being erased.
pub fn export_log(
    op: &Op<'_>,
    exporter: &User,
    new: NewLogExport,
) -> Result<Change<ExportJob>, OperationError> {
    let NewLogExport { mut filter, format, recipients } = new;
    // Entries that are written while the job runs are not part of it.
    filter.to = Some(filter.to.map_or(op.now, |to| to.min(op.now)));
    let unreadable = |cause| StoreError::unreadable("a filter of the audit log", cause);
    let text = serde_json::to_string(&filter).map_err(unreadable)?;
    let sealed = seal::seal(&exporter.subject_key, exporter.pseudonym, &text)
        .ok_or_else(|| StoreError::unreadable("a filter of the audit log", "no key seals it"))?;
    let id = op.app.id(ExportId::new);
    let by = requested_by(true, exporter.pseudonym);
    let categories = vec![Category::AuditLog];
    let job = ExportJob::queued(id, exporter.user_id, by, recipients, categories, op.now)
        .of_list(ListSelection { format, filter: sealed });
    let mut tx = op.transaction();
    tx.create_export(&job, op.now)?;
    tx.audit(exported(op, exporter, id.to_string(), &filter, format.as_str(), None))?;
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

/// The filter of an export of the audit log; `None` if the requester's key does not open it.
pub fn log_filter(exporter: &User, selection: &ListSelection) -> Option<AuditFilter> {
    let text = seal::open(&exporter.subject_key, exporter.pseudonym, &selection.filter)?;
    serde_json::from_str(&text).ok()
}
