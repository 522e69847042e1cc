//! Fraud scans: one item each, and a slot item that names the current one, so that only one runs at
//! a time: one for the platform, and a dry run for each staff member.

use provost_domain::{
    FraudScanId, Pseudonym, Timestamp, User, UserId,
    fraud::full_scan::{FullScan, KEPT},
    message::Message,
};
use serde::{Deserialize, Serialize};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Item, Key, decode, encode, n, s},
    jobs::{self, FencedJob, JobWrite, StoredJob},
    records,
    transaction::Condition,
};

/// Groups the scans that are resent unless their worker reports progress, in the index `due`.
pub const STALLED: &str = "sweep-stalled";
/// The prefix of a scan's partition.
const PREFIX: &str = "SWEEP#";

/// The key of a scan.
fn key(id: FraudScanId) -> Key {
    Key::new(format!("{PREFIX}{id}"), "JOB")
}

fn item(scan: &FullScan) -> Result<Item, StoreError> {
    let mut item = encode("a full scan", &key(scan.id), scan)?;
    item.insert("ttl".to_owned(), n(scan.created_at.plus(KEPT).seconds()));
    if scan.is_under_way() {
        jobs::watch::<FullScan>(&mut item, scan.reported_at);
    }
    Ok(item)
}

impl StoredJob for FullScan {
    type Id = FraudScanId;
    const PREFIX: &'static str = PREFIX;
    const SORT: &'static str = "JOB";
    const STALLED: &'static str = STALLED;
    const CONFLICT: Conflict = Conflict::ScanRun;

    fn message(job: FraudScanId) -> Message {
        Message::FullFraudScan { job }
    }
}

impl FencedJob for FullScan {
    fn job_id(&self) -> FraudScanId {
        self.id
    }

    fn claim_write(&self) -> Result<JobWrite, StoreError> {
        item(self).map(JobWrite::Item)
    }

    fn report_write(&self) -> Result<JobWrite, StoreError> {
        item(self).map(JobWrite::Item)
    }
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
    // The name of release 0.1.0.
    #[serde(rename = "sweepId")]
    scan_id: FraudScanId,
    ttl: i64,
}

/// A page of all users, oldest account first.
#[derive(Debug)]
pub struct UserPage {
    /// The users who still exist; an error for an account that cannot be read.
    pub users: Vec<Result<User, (UserId, StoreError)>>,
    /// How many users the index listed; some of them may be gone.
    pub listed: u64,
    /// The start of the next page; `None` after the last.
    pub next: Option<String>,
}

impl Transaction {
    /// Starts a scan; `before` is the latest scan in its slot. Fails with [`Conflict::ScanSlot`]
    /// when another scan was started in the meantime.
    ///
    /// # Errors
    /// `Unreadable` when something cannot be serialized.
    pub fn begin_full_scan(
        &mut self,
        scan: &FullScan,
        slot: Slot,
        before: Option<FraudScanId>,
    ) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        let unchanged = before.map_or_else(Condition::absent, |before| {
            Condition::equals("sweepId", s(before.to_string()))
        });
        let latest = Latest { scan_id: scan.id, ttl: scan.created_at.plus(KEPT).seconds() };
        self.put(
            Conflict::ScanSlot,
            &table,
            encode("a full scan", &slot.key(), &latest)?,
            unchanged,
        )?;
        self.put(Conflict::Scan, &table, item(scan)?, Condition::absent())
    }
}

impl Store {
    /// Reads one scan (strongly consistent).
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn full_scan(&self, id: FraudScanId) -> Result<Option<FullScan>, StoreError> {
        self.batch_get(&self.names.operations, vec![key(id)], true)
            .await?
            .pop()
            .map(|item| decode("a full scan", item))
            .transpose()
    }

    /// The latest scan of a slot, under way or not: its id, and the scan itself unless it has
    /// expired.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn latest_full_scan(
        &self,
        slot: Slot,
    ) -> Result<(Option<FraudScanId>, Option<FullScan>), StoreError> {
        let Some(item) =
            self.batch_get(&self.names.operations, vec![slot.key()], true).await?.pop()
        else {
            return Ok((None, None));
        };
        let id = decode::<Latest>("a full scan", item)?.scan_id;
        Ok((Some(id), self.full_scan(id).await?))
    }

    /// Claims a scan for a new run; `None` when it is done, or another run was faster.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn claim_full_scan(
        &self,
        id: FraudScanId,
        now: Timestamp,
    ) -> Result<Option<FullScan>, StoreError> {
        match self.full_scan(id).await?.filter(FullScan::can_continue) {
            Some(scan) => self.claim_job(scan, now).await,
            None => Ok(None),
        }
    }

    /// A page of all users, oldest account first, so that users who register in the meantime come
    /// at the end.
    ///
    /// # Errors
    /// `Unavailable`; `Unreadable` for a position from another list.
    pub async fn users_page(
        &self,
        after: Option<String>,
        limit: u32,
    ) -> Result<UserPage, StoreError> {
        let (ids, next) = self.user_ids(after, limit).await?;
        let users = self.users_by_ids(&ids).await?;
        Ok(UserPage { users, listed: ids.len() as u64, next })
    }

    /// The users who exist among these, in their order (strongly consistent); an error for an
    /// account that cannot be read.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn users_by_ids(
        &self,
        ids: &[UserId],
    ) -> Result<Vec<Result<User, (UserId, StoreError)>>, StoreError> {
        let keys = ids.iter().map(|id| records::key(*id)).collect();
        let mut found = self.batch_get(&self.names.accounts, keys, true).await?;
        let mut users = Vec::with_capacity(found.len());
        // Restores the order of the list, which the response does not keep.
        for id in ids {
            let pk = records::partition(*id);
            let at = found
                .iter()
                .position(|item| item.get("pk").and_then(|value| value.as_s().ok()) == Some(&pk));
            if let Some(at) = at {
                users.push(records::read(found.swap_remove(at)).map_err(|error| (*id, error)));
            }
        }
        self.complete(users.iter_mut().filter_map(|person| person.as_mut().ok())).await?;
        Ok(users)
    }
}
