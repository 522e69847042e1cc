//! Signs the receipt, stores it with the completed request and writes the last audit entry, in one
//! transaction: there is exactly one receipt.

use provost_auth::{Purpose, token::ISSUER};
use provost_domain::{
    deletion::{BACKUP_DAYS, Receipt},
    time::DAY,
};
use provost_operations::{Op, deletion::complete_erasure};
use provost_store::StoreError;
use tracing::info;

use crate::run::{Run, Stop, WORKER};

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
    let id = request.id;
    let op = Op::system(&app, WORKER, app.request_id());
    let change = complete_erasure(&op, request, signed)?;
    let erased = change.after;
    change.tx.commit().await?;
    run.request = erased;
    info!(deletion.id = %id, "deletion {id} is done");
    Ok(())
}
