use provost_domain::{
    ApiError, Pseudonym, ShareLinkId, User,
    export::ExportJob,
    share_link::{LinkLimits, ShareLink},
};
use provost_store::Conflict;

use super::link_resource;
use crate::{Change, Op, OperationError};

/// A new share link.
#[derive(Debug)]
pub struct NewShareLink {
    /// Pseudonym of the staff member who creates it.
    pub by: Pseudonym,
    /// SHA-256 of the token in the URL, hexadecimal.
    pub digest: String,
    /// Lifetime and number of downloads.
    pub limits: LinkLimits,
    /// Argon2id hash of the password, if it has one.
    pub password_hash: Option<String>,
    /// Note about the purpose.
    pub note: Option<String>,
}

/// Creates a share link for the archive of an export. It expires with the archive at the latest.
///
/// # Errors
/// `IN_PROGRESS` while the export is in progress, `INVALID_ACTION` when there is no archive.
pub fn create_share_link(
    op: &Op<'_>,
    job: &ExportJob,
    owner: &User,
    new: NewShareLink,
) -> Result<Change<ShareLink>, OperationError> {
    job.check_ready(op.now)?;
    let NewShareLink { by, digest, limits, password_hash, note } = new;
    let id = op.app.id(ShareLinkId::new);
    let link = ShareLink { password_hash, note, ..ShareLink::of(job, id, by, limits, op.now) };

    let mut tx = op.transaction();
    tx.create_share_link(&digest, &link)?;
    tx.check_completed(job.id)?;
    tx.audit(op.entry("share_link.created", link_resource(link.id, owner)))?;
    // The archive may have been removed since the job was read.
    Ok(Change::new(tx, link).decided_again_on(&[Conflict::ExportJob]))
}

/// Revokes a share link of an export.
///
/// # Errors
/// `NOT_FOUND`, `INVALID_ACTION` when it has already been revoked.
pub async fn revoke_share_link(
    op: &Op<'_>,
    job: &ExportJob,
    owner: &User,
    id: ShareLinkId,
) -> Result<Change<()>, OperationError> {
    let found = op.app.store().share_link_of(job.id, id).await?;
    let found = found.ok_or_else(|| ApiError::missing("share link"))?;
    let mut tx = op.transaction();
    tx.revoke_share_link(&found.digest, op.now)?;
    tx.audit(op.entry("share_link.revoked", link_resource(id, owner)))?;
    Ok(Change::new(tx, ()).refused_on(
        Conflict::ShareLink,
        ApiError::invalid_action("This link has already been revoked.", &[]),
    ))
}
