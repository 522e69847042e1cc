use provost_domain::{
    AlertId, ApiError, Code, FraudScanId, User,
    audit::{Resource, note_change},
    fraud::{
        Acknowledged, Alert, AlertStatus, Event, EventKind, RuleSet, ScanOutcome, Signal, examine,
        score,
    },
};
use provost_store::{Conflict, StoreError};

use super::{CHANGED, resource};
use crate::{Change, Op, OperationError};

/// How an account is scanned.
#[derive(Debug, Clone, Copy, Default)]
pub struct ScanMode {
    /// The scan of all accounts that the scan is part of. It records all sightings before it
    /// evaluates the rules, so the scan of one account records none.
    pub scan: Option<FraudScanId>,
    /// Whether to write nothing.
    pub dry_run: bool,
}

/// The result of a scan.
#[derive(Debug, Clone)]
pub struct Scanned {
    /// Findings of the rules that matched.
    pub signals: Vec<Signal>,
    /// Total score of the signals.
    pub score: u32,
    /// Outcome of the scan.
    pub outcome: ScanOutcome,
    /// The open alert after the scan.
    pub alert: Option<Alert>,
}

/// Scans one account for fraud, at the request of staff. The audit log records the scan itself.
///
/// # Errors
/// `INVALID_ACTION` for an account that is being erased.
pub async fn request_scan(
    op: &Op<'_>,
    user: &User,
    rules: &RuleSet,
    dry_run: bool,
) -> Result<Change<Scanned>, OperationError> {
    // The reason is the one of the request; the rules give the reason of an alert.
    let scan = Op { reason: None, ..op.clone() };
    let mut change = scan_account(&scan, user, rules, ScanMode { scan: None, dry_run }).await?;
    if !dry_run {
        change.tx.audit(op.entry("fraud.scanned", Resource::User(user.subject())))?;
    }
    Ok(change)
}

/// Scans one account for fraud: takes a snapshot of what is known, evaluates the rules, and raises
/// an alert or updates the open one.
///
/// # Errors
/// `INVALID_ACTION` for an account that is being erased.
pub async fn scan_account(
    op: &Op<'_>,
    user: &User,
    rules: &RuleSet,
    mode: ScanMode,
) -> Result<Change<Scanned>, OperationError> {
    let ScanMode { scan, dry_run } = mode;
    let store = op.app.store();
    let records_sightings = !dry_run && scan.is_none();
    let snapshot =
        store.features_of(user, records_sightings, op.now).await.map_err(explain_erasing)?;
    let signals = examine(&snapshot.features, rules);
    let mut scanned =
        Scanned { score: score(&signals), signals, outcome: ScanOutcome::Clear, alert: None };
    let mut tx = op.transaction();
    let done = |tx, scanned| {
        Ok(Change::new(tx, scanned)
            .refused_on(Conflict::Erasing, being_erased())
            .decided_again_on(&CHANGED))
    };
    let place = store.alert_place(user.user_id, rules.version).await?;
    if let Some(place) = place.as_ref().filter(|place| place.live)
        && let Some(alert) = store.alert(place.alert_id).await?
    {
        let before = alert.clone();
        let Some(changed) = alert.rescan(scanned.signals.clone(), snapshot.source_ip, op.now)
        else {
            scanned.outcome = ScanOutcome::Unchanged;
            scanned.alert = Some(before);
            return done(tx, scanned);
        };
        scanned.outcome = ScanOutcome::Updated;
        if !dry_run {
            tx.save_alert(&changed, true, Acknowledged::default())?;
            let mut entry = op.entry("fraud.alert_rescanned", resource(&changed, user));
            note_change(&mut entry.changes, "score", &before.score, &changed.score);
            tx.audit(entry)?;
        }
        scanned.alert = Some(if dry_run { before } else { changed });
        return done(tx, scanned);
    }
    if scanned.score < rules.raise_at {
        return done(tx, scanned);
    }
    if place
        .as_ref()
        .is_some_and(|place| scanned.signals.iter().all(|signal| place.acknowledged.covers(signal)))
    {
        scanned.outcome = ScanOutcome::Decided;
        return done(tx, scanned);
    }
    scanned.outcome = ScanOutcome::Raised;
    if dry_run {
        return done(tx, scanned);
    }
    let alert = Alert {
        id: op.app.id(AlertId::new),
        user_id: user.user_id,
        rule_set: rules.version,
        status: AlertStatus::Open,
        signals: scanned.signals.clone(),
        score: scanned.score,
        source_ip: snapshot.source_ip,
        assigned_to: None,
        history: vec![Event {
            score: Some(scanned.score),
            to: Some(AlertStatus::Open),
            ..Event::new(EventKind::Raised, None, op.now)
        }],
        raised_in: scan,
        dismissed_in: None,
        created_at: op.now,
        updated_at: op.now,
        closed_at: None,
        version: 1,
    };
    tx.raise_alert(&alert, place.as_ref())?;
    tx.audit(op.entry("fraud.alert_raised", resource(&alert, user)))?;
    scanned.alert = Some(alert);
    done(tx, scanned)
}

fn explain_erasing(error: StoreError) -> OperationError {
    match error.conflict() {
        Some(Conflict::Erasing) => being_erased().into(),
        _ => error.into(),
    }
}

fn being_erased() -> ApiError {
    ApiError::new(
        Code::InvalidAction,
        "This account is being erased, so it can no longer be scanned.",
    )
}
