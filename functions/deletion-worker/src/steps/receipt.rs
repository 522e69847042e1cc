//! Signs the receipt, stores it with the completed request and writes the last audit entry, in one
//! transaction: there is exactly one receipt.

use provost_auth::{Purpose, token::ISSUER};
use provost_domain::{
    audit::Resource,
    deletion::{BACKUP_DAYS, Receipt},
    time::DAY,
};
use provost_store::StoreError;
use tracing::info;

use crate::run::{Run, Stop};

/// Validity of a receipt: a hundred years, in milliseconds.
const LIFE: i64 = 100 * 365 * DAY;

pub(super) async fn sign(run: &mut Run) -> Result<(), Stop> {
    let (app, now, request) = (run.app.clone(), run.app.now(), run.request.clone());
    let receipt = Receipt {
        deletion_id: request.id,
        pseudonym: request.pseudonym,
        authority: request.requested_by.clone(),
        requested_at: request.created_at,
        erased_at: now,
        counts: request.counts.clone(),
        backups_clear_at: now.plus(BACKUP_DAYS * DAY),
        issuer: ISSUER.to_owned(),
    };
    let signed = app
        .keys()
        .signer(Purpose::Receipt, now)
        .await?
        .sign(receipt, now, LIFE)
        .map_err(|cause| StoreError::unavailable("signing a receipt", cause))?;
    let entry = run
        .entry("user.erased", Resource::Other { kind: "user", id: request.pseudonym.to_string() });
    let (id, read) = (request.id, request.version);
    let erased = request.erased(signed, now);
    let mut tx = app.transaction();
    tx.save_deletion(&erased, read, now)?;
    tx.audit(entry)?;
    tx.commit().await?;
    run.request = erased;
    info!(deletion.id = %id, "deletion {id} is done");
    Ok(())
}
