//! Fraud scans: one item each, and a slot item that names the current one, so that only one runs at
//! a time: one for the platform, and a dry run for each staff member.

use provost_domain::{
    FraudSweepId, Principal, Pseudonym, Timestamp, UserId,
    fraud::sweep::{KEPT, SILENT_AFTER, Sweep},
    message::Message,
    page::{PageFrom, PageRequest},
};
use serde::{Deserialize, Serialize};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Item, Key, decode, encode, n, s},
    principals,
    transaction::Condition,
    walk::Walk,
};

/// Groups the scans that are resent unless their worker reports progress, in the index `due`.
pub const STALLED: &str = "sweep-stalled";
/// The prefix of a scan's partition.
const PREFIX: &str = "SWEEP#";

/// The key of a scan.
fn key(id: FraudSweepId) -> Key {
    Key::new(format!("{PREFIX}{id}"), "JOB")
}

fn item(sweep: &Sweep) -> Result<Item, StoreError> {
    let mut item = encode("a sweep", &key(sweep.id), sweep)?;
    item.insert("ttl".to_owned(), n(sweep.created_at.plus(KEPT).seconds()));
    if sweep.is_under_way() {
        item.insert("dueKind".to_owned(), s(STALLED));
        item.insert("dueAt".to_owned(), s(sweep.reported_at.plus(SILENT_AFTER).to_string()));
    }
    Ok(item)
}

/// A slot, which allows one scan at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// The scan that raises alerts.
    Real,
    /// The dry run of a staff member.
    Dry(Pseudonym),
}

impl Slot {
    fn key(self) -> Key {
        match self {
            Self::Real => Key::new("SWEEPSLOT#real", "LATEST"),
            Self::Dry(staff) => Key::new(format!("SWEEPSLOT#{staff}"), "LATEST"),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Latest {
    sweep_id: FraudSweepId,
    ttl: i64,
}

/// A page of all users, oldest account first.
#[derive(Debug)]
pub struct Everybody {
    /// The users who still exist; an error for an account that cannot be read.
    pub people: Vec<Result<Principal, (UserId, StoreError)>>,
    /// How many users the index listed; some of them may be gone.
    pub listed: u64,
    /// The start of the next page; `None` after the last.
    pub next: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    user_id: UserId,
}

impl Transaction {
    /// Starts a scan; `before` is the latest scan in its slot. Fails with [`Conflict::ScanSlot`]
    /// when another scan was started in the meantime.
    ///
    /// # Errors
    /// `Unreadable` when something cannot be serialized.
    pub fn begin_sweep(
        &mut self,
        sweep: &Sweep,
        slot: Slot,
        before: Option<FraudSweepId>,
    ) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        let unchanged = before.map_or_else(Condition::absent, |before| {
            Condition::equals("sweepId", s(before.to_string()))
        });
        let latest = Latest { sweep_id: sweep.id, ttl: sweep.created_at.plus(KEPT).seconds() };
        self.put(Conflict::ScanSlot, &table, encode("a sweep", &slot.key(), &latest)?, unchanged)?;
        self.put(Conflict::Scan, &table, item(sweep)?, Condition::absent())
    }
}

impl Store {
    /// Reads one scan (strongly consistent).
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn sweep(&self, id: FraudSweepId) -> Result<Option<Sweep>, StoreError> {
        self.batch_get(&self.names.operations, vec![key(id)], true)
            .await?
            .pop()
            .map(|item| decode("a sweep", item))
            .transpose()
    }

    /// The latest scan of a slot, under way or not: its id, and the scan itself unless it has
    /// expired.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn latest_sweep(
        &self,
        slot: Slot,
    ) -> Result<(Option<FraudSweepId>, Option<Sweep>), StoreError> {
        let Some(item) =
            self.batch_get(&self.names.operations, vec![slot.key()], true).await?.pop()
        else {
            return Ok((None, None));
        };
        let id = decode::<Latest>("a sweep", item)?.sweep_id;
        Ok((Some(id), self.sweep(id).await?))
    }

    /// Claims a scan for a new run; `None` when it is done, or another run was faster.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn claim_sweep(
        &self,
        id: FraudSweepId,
        now: Timestamp,
    ) -> Result<Option<Sweep>, StoreError> {
        let Some(sweep) = self.sweep(id).await?.filter(Sweep::is_under_way) else {
            return Ok(None);
        };
        let before = sweep.fence;
        let claimed = sweep.claim(now);
        Ok(self.write_sweep(&claimed, before).await?.then_some(claimed))
    }

    /// Writes the progress of a run. Returns `false` when the run does not own the scan any more.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn report_sweep(&self, sweep: &Sweep) -> Result<bool, StoreError> {
        self.write_sweep(sweep, sweep.fence).await
    }

    /// Writes a scan on condition that it has this fencing token, and that it is not done.
    async fn write_sweep(&self, sweep: &Sweep, fence: u64) -> Result<bool, StoreError> {
        let owned = Condition::expression("#fence = :fence AND #status <> :completed")
            .name("#fence", "fence")
            .name("#status", "status")
            .value(":fence", n(fence))
            .value(":completed", s("completed"));
        let mut tx = self.transaction();
        tx.put(Conflict::ScanRun, &self.names.operations, item(sweep)?, owned)?;
        match tx.commit().await {
            Ok(()) => Ok(true),
            Err(error) if error.conflict() == Some(Conflict::ScanRun) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The scans whose worker counts as silent at this time, longest silent first.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn sweeps_due(
        &self,
        now: Timestamp,
        limit: i32,
    ) -> Result<Vec<FraudSweepId>, StoreError> {
        let found = self.due(STALLED, now, limit).await?;
        Ok(found.iter().filter_map(|key| key.pk.strip_prefix(PREFIX)?.parse().ok()).collect())
    }

    /// Resends every scan whose worker has been silent for too long; returns how many were sent.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn resend_stalled_sweeps(
        &self,
        now: Timestamp,
        limit: i32,
    ) -> Result<usize, StoreError> {
        let mut sent = 0;
        for job in self.sweeps_due(now, limit).await? {
            // Sends first, then postpones: if the process dies in between, the scan is sent twice,
            // and the worker's fencing token handles that.
            self.enqueue(&Message::FraudSweep { job }, 0).await?;
            let mut tx = self.transaction();
            let condition = Condition::expression("dueKind = :kind AND dueAt <= :now")
                .value(":kind", s(STALLED))
                .value(":now", s(now.to_string()))
                .value(":next", s(now.plus(SILENT_AFTER).to_string()));
            tx.update(
                Conflict::ScanRun,
                &self.names.operations,
                &key(job),
                "SET dueAt = :next",
                condition,
            )?;
            match tx.commit().await {
                Ok(()) => sent += 1,
                // Its worker reported progress, or another scheduler run was faster.
                Err(error) if error.conflict().is_some() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(sent)
    }

    /// A page of all users, oldest account first, so that users who register in the meantime come
    /// at the end.
    ///
    /// # Errors
    /// `Unavailable`; `Unreadable` for a position from another list.
    pub async fn everybody(
        &self,
        after: Option<String>,
        limit: u32,
    ) -> Result<Everybody, StoreError> {
        let walk = Walk::of_index(
            &self.names.accounts,
            "users-by-created",
            "directory",
            "users",
            "createdAt",
        );
        let request = PageRequest { from: after.map_or(PageFrom::Page(1), PageFrom::After), limit };
        let page = self.page(&walk, &request, Some(0)).await?;
        let rows = page
            .rows
            .into_iter()
            .map(|row| decode::<Row>("a user's row", row))
            .collect::<Result<Vec<_>, _>>()?;
        let keys = rows.iter().map(|row| principals::key(row.user_id)).collect();
        let mut found = self.batch_get(&self.names.accounts, keys, true).await?;
        let mut people = Vec::with_capacity(found.len());
        // Restores the order of the list, which the response does not keep.
        for row in &rows {
            let pk = principals::partition(row.user_id);
            let at = found
                .iter()
                .position(|item| item.get("pk").and_then(|value| value.as_s().ok()) == Some(&pk));
            if let Some(at) = at {
                people.push(
                    principals::read(found.swap_remove(at)).map_err(|error| (row.user_id, error)),
                );
            }
        }
        Ok(Everybody { people, listed: rows.len() as u64, next: page.next })
    }
}
