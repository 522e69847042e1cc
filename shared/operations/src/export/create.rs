use provost_domain::{
    ApiError, Code, ExportId, PermissionSet, Pseudonym, User,
    export::{Category, ExportJob, OWN_EXPORT_EVERY, requested_by},
    lockout::too_many,
    message::Message,
};
use provost_store::{Conflict, StoreError};

use super::resource;
use crate::{Change, Op, OperationError};

/// Who requests an export.
#[derive(Debug, Clone, Copy)]
pub enum Requester<'a> {
    /// The user whose data it is, once a day.
    Owner,
    /// A staff member. Files that these permissions do not allow to see are left out.
    Staff {
        /// Pseudonym of the staff member.
        pseudonym: Pseudonym,
        /// Permissions in this request.
        permissions: &'a PermissionSet,
    },
}

/// What to export.
#[derive(Debug, Clone)]
pub struct NewExport<'a> {
    /// Who requests it.
    pub by: Requester<'a>,
    /// Recipients (age public keys) that the archive is encrypted to.
    pub recipients: Vec<String>,
    /// Categories of data.
    pub categories: Vec<Category>,
}

/// Requests an export of a user's data. A worker writes the archive.
///
/// The conflict [`Conflict::ExportRunning`] means that an export is running; [`running_export`]
/// finds it. [`Conflict::ExportRequested`] means that the user requested one within a day;
/// [`own_export_limit`] has the error.
///
/// # Errors
/// `INVALID_ACTION` when the account is being erased.
pub fn create_export(
    op: &Op<'_>,
    owner: &User,
    new: NewExport<'_>,
) -> Result<Change<ExportJob>, OperationError> {
    let by = match new.by {
        Requester::Owner => requested_by(true, owner.pseudonym),
        Requester::Staff { pseudonym, .. } => requested_by(false, pseudonym),
    };
    let id = op.app.id(ExportId::new);
    let job = ExportJob::queued(id, owner.user_id, by, new.recipients, new.categories, op.now);
    let job = match new.by {
        Requester::Owner => job,
        Requester::Staff { permissions, .. } => job.within(permissions),
    };

    let mut tx = op.transaction();
    // The lock is checked first: a second request while the archive is being written gets its
    // error, not the one of the rate limit.
    tx.create_export(&job, op.now)?;
    let why = match new.by {
        Requester::Owner => {
            tx.note_own_export(owner.user_id, op.now)?;
            "This account is being erased. Its data can no longer be exported."
        }
        Requester::Staff { .. } => {
            "This account is being erased, so its data can no longer be exported."
        }
    };
    tx.audit(op.entry("export.created", resource(job.id, owner)))?;
    op.app.send(&mut tx, Message::Export { job: job.id })?;
    Ok(Change::new(tx, job).refused_on(Conflict::Erasing, ApiError::new(Code::InvalidAction, why)))
}

/// The running export of a user, after [`create_export`] was refused by it.
///
/// # Errors
/// A collision when it has ended since: the request is decided again.
pub async fn running_export(op: &Op<'_>, owner: &User) -> Result<ExportJob, OperationError> {
    let running = op.app.store().export_under_way(owner.user_id).await?;
    running.ok_or(OperationError::Collision)
}

/// The error for a user who requested an export within the last day: `RATE_LIMITED`.
///
/// # Errors
/// The store failed.
pub async fn own_export_limit(op: &Op<'_>, owner: &User) -> Result<ApiError, StoreError> {
    let asked = op.app.store().own_export_asked(owner.user_id).await?.unwrap_or(op.now);
    Ok(too_many(asked.plus(OWN_EXPORT_EVERY).since(op.now).max(1)))
}
