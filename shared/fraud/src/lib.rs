//! One fraud scan, the same for a request of staff and for a worker: take the snapshot, evaluate
//! the rules, and raise an alert or update the open one.

pub mod watch;

use provost_app::App;
use provost_domain::{
    AlertId, AuditId, FraudSweepId, Principal,
    audit::{Actor, Changes, Entry, Origin, Resource, note_change},
    fraud::{Alert, AlertStatus, Event, EventKind, RuleSet, Settled, Signal, examine, score},
};
use provost_store::{StoreError, Transaction};
use schemars::JsonSchema;
use serde::Serialize;

/// Who requested a scan.
#[derive(Debug, Clone)]
pub struct By {
    /// The actor.
    pub actor: Actor,
    /// Origin of the request.
    pub origin: Origin,
    /// The scan of all accounts that it is part of.
    pub sweep: Option<FraudSweepId>,
}

/// Outcome of a fraud scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The score is below the limit for an alert.
    Clear,
    /// A new alert was raised; in a dry run, it would be.
    Raised,
    /// The open alert was updated with new findings; in a dry run, it would be.
    Updated,
    /// The open alert already has the same findings.
    Unchanged,
    /// Staff have already decided about the same findings, so no alert was raised.
    Decided,
}

/// The result of a scan.
#[derive(Debug, Clone)]
pub struct Scanned {
    /// Findings of the rules that matched.
    pub signals: Vec<Signal>,
    /// Total score of the signals.
    pub score: u32,
    /// Outcome of the scan.
    pub outcome: Outcome,
    /// The open alert after the scan.
    pub alert: Option<Alert>,
}

/// Scans one user. The transaction, which the caller commits, contains the writes: a conflict under
/// `fraud alert` or `fraud place` means that another scan or a decision was faster, and the scan
/// must be repeated. A dry run writes nothing. A scan of all accounts records all sightings before
/// it evaluates the rules, so it records none here.
///
/// # Errors
/// `Unavailable`, `Unreadable`; `Conflict` under `erasing` for a user who is being erased.
pub async fn scan(
    app: &App,
    person: &Principal,
    rules: &RuleSet,
    by: &By,
    dry: bool,
) -> Result<(Scanned, Transaction), StoreError> {
    let (store, now) = (app.store(), app.now());
    let leaves_traces = !dry && by.sweep.is_none();
    let snapshot = store.features_of(person, leaves_traces, now).await?;
    let signals = examine(&snapshot.features, rules);
    let mut scanned =
        Scanned { score: score(&signals), signals, outcome: Outcome::Clear, alert: None };
    let mut tx = app.transaction();
    let place = store.alert_place(person.user_id, rules.version).await?;
    if let Some(place) = place.as_ref().filter(|place| place.live)
        && let Some(alert) = store.alert(place.alert_id).await?
    {
        let before = alert.clone();
        let Some(changed) = alert.rescan(scanned.signals.clone(), snapshot.source_ip, now) else {
            scanned.outcome = Outcome::Unchanged;
            scanned.alert = Some(before);
            return Ok((scanned, tx));
        };
        scanned.outcome = Outcome::Updated;
        if !dry {
            tx.save_alert(&changed, true, Settled::default())?;
            let mut entry = entry(app, person, &changed, by, "fraud.alert_rescanned");
            note_change(&mut entry.changes, "score", &before.score, &changed.score);
            tx.audit(entry)?;
        }
        scanned.alert = Some(if dry { before } else { changed });
        return Ok((scanned, tx));
    }
    if scanned.score < rules.raise_at {
        return Ok((scanned, tx));
    }
    if place
        .as_ref()
        .is_some_and(|place| scanned.signals.iter().all(|signal| place.settled.covers(signal)))
    {
        scanned.outcome = Outcome::Decided;
        return Ok((scanned, tx));
    }
    scanned.outcome = Outcome::Raised;
    if dry {
        return Ok((scanned, tx));
    }
    let alert = Alert {
        id: app.id(AlertId::new),
        user_id: person.user_id,
        rule_set: rules.version,
        status: AlertStatus::Open,
        signals: scanned.signals.clone(),
        score: scanned.score,
        source_ip: snapshot.source_ip,
        assigned_to: None,
        history: vec![Event {
            score: Some(scanned.score),
            to: Some(AlertStatus::Open),
            ..Event::new(EventKind::Raised, None, now)
        }],
        raised_in: by.sweep,
        dismissed_in: None,
        created_at: now,
        updated_at: now,
        closed_at: None,
        version: 1,
    };
    tx.raise_alert(&alert, place.as_ref())?;
    tx.audit(entry(app, person, &alert, by, "fraud.alert_raised"))?;
    scanned.alert = Some(alert);
    Ok((scanned, tx))
}

fn entry(app: &App, person: &Principal, alert: &Alert, by: &By, action: &'static str) -> Entry {
    Entry {
        id: app.id(AuditId::new),
        at: app.now(),
        actor: by.actor.clone(),
        action,
        resource: Resource::Owned {
            kind: "fraud_alert",
            id: alert.id.to_string(),
            owner: person.subject(),
        },
        success: true,
        reason: None,
        changes: Changes::new(),
        origin: by.origin.clone(),
    }
}
