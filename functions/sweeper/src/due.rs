//! Every five minutes: due deletions, runs that stopped responding, unsent messages, and
//! suspensions and grants that have ended.

use provost_domain::{
    AuditId,
    audit::{Actor, Changes, Entry, Origin, Resource, note_change},
    message::Message,
    staff_record::{GrantEnd, GrantType},
};
use provost_operations::{
    Op, OperationError,
    user::{Lift, lift_suspension},
};
use provost_store::{StoreError, deletions, grants, item::Key, refusals, sweeps};
use tracing::info;

use crate::{BATCH, Sweep};

/// Processes one kind after the other, the most urgent first. A failure does not stop the others.
pub(crate) async fn sweep(sweep: &mut Sweep<'_>) {
    for kind in [deletions::DUE, deletions::STALLED] {
        each(sweep, kind, Kind::Deletion).await;
    }
    each(sweep, "outbox", Kind::Message).await;
    each(sweep, sweeps::SUSPENSION, Kind::Suspension).await;
    each(sweep, grants::END, Kind::Grant).await;
    each(sweep, refusals::DUE, Kind::Refusals).await;
    match sweep.app.store().resend_stalled_exports(sweep.app.now(), BATCH).await {
        Ok(sent) => sweep.swept.exports += sent,
        Err(error) => sweep.failed("sending stalled exports again", &error),
    }
    match sweep.app.store().resend_stalled_sweeps(sweep.app.now(), BATCH).await {
        Ok(sent) => sweep.swept.fraud_sweeps += sent,
        Err(error) => sweep.failed("sending stalled scans of everybody again", &error),
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Deletion,
    Message,
    Suspension,
    Grant,
    Refusals,
}

/// Processes all due items of a kind, in batches, as long as batches have new items.
async fn each(sweep: &mut Sweep<'_>, due: &'static str, kind: Kind) {
    let now = sweep.app.now();
    while sweep.has_time() {
        let keys = match sweep.app.store().due(due, now, BATCH).await {
            Ok(keys) => keys,
            Err(error) => return sweep.failed("looking for what is due", &error),
        };
        let mut done = 0;
        for key in &keys {
            let outcome = match kind {
                Kind::Deletion => deletion(sweep, key).await,
                Kind::Message => message(sweep, key).await,
                Kind::Suspension => suspension(sweep, key).await,
                Kind::Grant => grant(sweep, key).await,
                Kind::Refusals => {
                    let app = sweep.app;
                    app.store()
                        .write_counted_refusals(key, app.id(AuditId::new), sweep.run, app.now())
                        .await
                }
            };
            match outcome {
                Ok(true) => done += 1,
                Ok(false) => {}
                // Another process was faster, or this run has lost its lease: either way there is
                // nothing to do.
                Err(error) if error.conflict().is_some() => {}
                Err(error) => sweep.failed("one thing that is due", &error),
            }
        }
        match kind {
            Kind::Deletion => sweep.swept.deletions += done,
            Kind::Message => sweep.swept.messages += done,
            Kind::Suspension => sweep.swept.suspensions += done,
            Kind::Grant => sweep.swept.grants += done,
            Kind::Refusals => sweep.swept.refusals += done,
        }
        if done == 0 || keys.len() < usize::try_from(BATCH).unwrap_or(0) {
            return;
        }
    }
}

async fn deletion(sweep: &Sweep<'_>, key: &Key) -> Result<bool, StoreError> {
    let (app, now) = (sweep.app, sweep.app.now());
    let Some(request) = app.store().due_deletion(key, now).await? else { return Ok(false) };
    let mut tx = app.transaction();
    tx.claim_due_deletion(&request, now)?;
    tx.check_lease(&sweep.lease)?;
    app.send(&mut tx, Message::Deletion { request: request.id })?;
    tx.commit().await?;
    info!(deletion.id = %request.id, state = request.state.as_str(), "deletion {} is sent", request.id);
    Ok(true)
}

async fn message(sweep: &Sweep<'_>, key: &Key) -> Result<bool, StoreError> {
    let (app, now) = (sweep.app, sweep.app.now());
    let Some(waiting) = app.store().claim_overdue_message(key, now).await? else {
        return Ok(false);
    };
    app.store().deliver(&waiting).await?;
    info!(message.id = %waiting.id, "message {} is sent late", waiting.id);
    Ok(true)
}

/// A suspension that has ended has no effect any more; this updates the account's status.
async fn suspension(sweep: &Sweep<'_>, key: &Key) -> Result<bool, StoreError> {
    let (app, now) = (sweep.app, sweep.app.now());
    let Some((user, planned)) = app.store().planned_end(key, now).await? else { return Ok(false) };
    let account = app.store().principal(user).await?.filter(|user| user.suspension_over(now));
    let op = Op {
        app,
        actor: Actor::System("sweeper"),
        account: None,
        origin: Origin {
            ip: None,
            user_agent: None,
            request_id: sweep.run,
            route: "sweeper".to_owned(),
        },
        reason: Some("The suspension expired.".to_owned()),
        now,
    };
    let lifted = account.map(|account| lift_suspension(&op, &account, Lift { notify: false }));
    let mut tx = match lifted {
        Some(Ok(change)) => change.tx,
        Some(Err(OperationError::Store(error))) => return Err(error),
        // Already lifted by staff, or extended: only the scheduled item is removed.
        Some(Err(OperationError::Refused(_))) | None => app.transaction(),
    };
    tx.end_is_past(user, planned)?;
    tx.check_lease(&sweep.lease)?;
    tx.commit().await?;
    Ok(true)
}

/// Ends a grant that is due; granted storage is removed from the quota in the same transaction.
async fn grant(sweep: &Sweep<'_>, key: &Key) -> Result<bool, StoreError> {
    let (app, now) = (sweep.app, sweep.app.now());
    let Some((user, id)) = app.store().grant_end(key, now).await? else { return Ok(false) };
    let mut tx = app.transaction();
    tx.check_lease(&sweep.lease)?;
    let owner = app.store().principal(user).await?;
    let ended = app
        .store()
        .grant(user, id)
        .await?
        .and_then(|grant| grant.finish(GrantEnd::Expired, now).ok());
    // Already revoked, or removed with its user: only the scheduled item is removed.
    let (Some(owner), Some(ended)) = (owner, ended) else {
        tx.drop_grant_end(key)?;
        return tx.commit().await.map(|()| true);
    };
    let changed = if ended.r#type == GrantType::Storage {
        owner.clone().withdraw_storage(ended.amount, now)
    } else {
        owner.clone().changed(now)
    };
    let mut changes = Changes::new();
    note_change(&mut changes, "amount", &Some(ended.amount), &None);
    note_change(&mut changes, "storageQuota", &owner.storage_quota, &changed.storage_quota);
    tx.save_principal(&changed)?;
    tx.end_grant(user, &ended)?;
    tx.audit(Entry {
        id: app.id(AuditId::new),
        at: now,
        actor: Actor::System("sweeper"),
        action: "grant.expired",
        resource: Resource::Owned { kind: "grant", id: id.to_string(), owner: owner.subject() },
        success: true,
        reason: None,
        changes,
        origin: Origin {
            ip: None,
            user_agent: None,
            request_id: sweep.run,
            route: "sweeper".to_owned(),
        },
    })?;
    tx.commit().await?;
    Ok(true)
}
