use provost_domain::{
    ApiError, Code, FraudScanId, Pseudonym,
    audit::Resource,
    fraud::{FullScan, RuleSet},
    message::Message,
};
use provost_store::{Conflict, full_scans::Slot};

use crate::{Change, Op, OperationError};

/// What a request for a scan of all accounts leads to.
#[derive(Debug)]
pub enum FullScanStart {
    /// The scan that is running already.
    Running(FullScan),
    /// A new scan.
    Started(Change<FullScan>),
}

/// Starts a scan of all accounts for fraud, unless one is running: one for the platform, and a dry
/// run for each staff member. A running scan whose worker is silent is sent again.
///
/// # Errors
/// `INVALID_ACTION` while a dry run of the staff member with other rules is running.
pub async fn start_full_scan(
    op: &Op<'_>,
    by: Pseudonym,
    rules: RuleSet,
    dry_run: bool,
) -> Result<FullScanStart, OperationError> {
    let store = op.app.store();
    let slot = if dry_run { Slot::Dry(by) } else { Slot::Real };
    let (before, latest) = store.latest_full_scan(slot).await?;
    if let Some(running) = latest.filter(FullScan::is_under_way) {
        let is_silent = running.is_silent(op.now);
        if !dry_run || running.rules == rules {
            // Its worker may have been killed; an extra message does no harm.
            if is_silent {
                store.enqueue(&Message::FullFraudScan { job: running.id }, 0).await?;
            }
            return Ok(FullScanStart::Running(running));
        }
        if !is_silent {
            return Err(busy(&running).into());
        }
    }
    let total = store.count_users().await?;
    let scan = FullScan::new(op.app.id(FraudScanId::new), by, dry_run, rules, total, op.now);
    let mut tx = op.transaction();
    tx.begin_full_scan(&scan, slot, before)?;
    let action = if dry_run { "fraud.scan_tried" } else { "fraud.scan_started" };
    let resource = Resource::Other { kind: "fraud_scan", id: scan.id.to_string() };
    tx.audit(op.entry(action, resource))?;
    op.app.send(&mut tx, Message::FullFraudScan { job: scan.id })?;
    // Another scan may be started at the same time, and is then the one that is running.
    Ok(FullScanStart::Started(Change::new(tx, scan).decided_again_on(&[Conflict::ScanSlot])))
}

fn busy(running: &FullScan) -> ApiError {
    let id = running.id.to_string();
    let detail = format!(
        "Your dry run with other rules is still in progress. Wait until /v1/jobs/{id} has the status completed."
    );
    ApiError::new(Code::InvalidAction, detail).with("jobId", id)
}
