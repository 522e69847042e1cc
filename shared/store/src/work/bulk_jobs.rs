//! Bulk jobs in the table `operations`: a partition for each job, with the job itself, the filter of
//! its plan, the planned users in chunks, and an item for each user that was processed. Users are
//! named by pseudonym only, and every item expires.

use std::collections::{BTreeMap, HashMap};

use provost_domain::{
    BulkJobId, Pseudonym,
    bulk::{BulkEntry, BulkItem, BulkJob, BulkOutcome, BulkStatus, KEPT},
    message::Message,
    page::{Page, PageFrom, PageRequest},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Item, Key, decode, encode, n, s},
    jobs::{self, FencedJob, JobWrite, StoredJob, owned},
    transaction::Condition,
    walk::Walk,
};

/// Planned users in an item: a run reads one of them for each page.
const CHUNK: usize = 250;
/// The prefix of the sort key of an item of a user.
const ITEMS: &str = "ITEM#";

fn partition(job: BulkJobId) -> String {
    format!("{}{job}", BulkJob::PREFIX)
}

fn chunk_key(job: BulkJobId, number: usize) -> Key {
    Key::new(partition(job), format!("USERS#{number:04}"))
}

fn filter_key(job: BulkJobId) -> Key {
    Key::new(partition(job), "FILTER")
}

fn item_key(job: BulkJobId, user: Pseudonym) -> Key {
    Key::new(partition(job), format!("{ITEMS}{user}"))
}

/// The jobs that wait for an approval, each as an item without content.
const AWAITING: &str = "BULK#AWAITING";

fn awaiting_key(job: BulkJobId) -> Key {
    Key::new(AWAITING, format!("JOB#{job}"))
}

/// When everything of a job expires.
fn ttl(job: &BulkJob) -> i64 {
    job.created_at.plus(KEPT).seconds()
}

fn item(job: &BulkJob) -> Result<Item, StoreError> {
    let mut item = encode("a bulk job", &BulkJob::key(job.id), job)?;
    let ends = match job.status {
        BulkStatus::Planned => job.expires_at.seconds(),
        _ => ttl(job),
    };
    item.insert("ttl".to_owned(), n(ends));
    if matches!(job.status, BulkStatus::Queued | BulkStatus::Running) {
        jobs::watch::<BulkJob>(&mut item, job.reported_at);
    }
    Ok(item)
}

/// Planned users.
#[derive(Serialize, Deserialize)]
struct Chunk {
    entries: Vec<BulkEntry>,
    ttl: i64,
}

/// The filter of a plan, as the caller sent it. It can name users, so it is removed when the plan is
/// carried out, and expires with it.
#[derive(Serialize, Deserialize)]
struct StoredFilter {
    filter: Value,
    ttl: i64,
}

/// That a job waits for an approval.
#[derive(Serialize, Deserialize)]
struct Awaiting {
    job: BulkJobId,
    ttl: i64,
}

#[derive(Serialize, Deserialize)]
struct StoredItem {
    #[serde(flatten)]
    item: BulkItem,
    ttl: i64,
}

/// A page of the planned users of a job.
#[derive(Debug)]
pub struct PlannedUsers {
    /// The users.
    pub entries: Vec<BulkEntry>,
    /// The start of the next page; none after the last.
    pub next: Option<String>,
}

impl StoredJob for BulkJob {
    type Id = BulkJobId;
    const PREFIX: &'static str = "BULK#";
    const SORT: &'static str = "JOB";
    const STALLED: &'static str = "bulk-stalled";
    const CONFLICT: Conflict = Conflict::BulkJob;

    fn message(job: BulkJobId) -> Message {
        Message::Bulk { job }
    }
}

impl FencedJob for BulkJob {
    fn job_id(&self) -> BulkJobId {
        self.id
    }

    fn claim_write(&self) -> Result<JobWrite, StoreError> {
        item(self).map(JobWrite::Item)
    }

    fn report_write(&self) -> Result<JobWrite, StoreError> {
        item(self).map(JobWrite::Item)
    }
}

impl Transaction {
    /// Stores a new plan or job, with its users and the filter that selected them.
    ///
    /// # Errors
    /// `Unreadable` when something cannot be serialized.
    pub fn create_bulk_job(
        &mut self,
        job: &BulkJob,
        entries: &[BulkEntry],
        filter: Option<&Value>,
    ) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        self.put(Conflict::BulkJob, &table, item(job)?, Condition::absent())?;
        self.list_awaiting(None, job)?;
        for (number, entries) in entries.chunks(CHUNK).enumerate() {
            let chunk = Chunk { entries: entries.to_vec(), ttl: ttl(job) };
            let item = encode("planned users", &chunk_key(job.id, number), &chunk)?;
            self.put(Conflict::BulkJob, &table, item, Condition::absent())?;
        }
        if let Some(filter) = filter {
            let stored = StoredFilter { filter: filter.clone(), ttl: job.expires_at.seconds() };
            let item = encode("the filter of a plan", &filter_key(job.id), &stored)?;
            self.put(Conflict::BulkJob, &table, item, Condition::absent())?;
        }
        Ok(())
    }

    /// Changes a job outside of its runs; `before` is the job as it was read. Fails with
    /// [`Conflict::BulkJob`] when it has changed in the meantime.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn change_bulk_job(&mut self, before: &BulkJob, after: &BulkJob) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        let unchanged = Condition::expression(
            "#fence = :fence AND #status = :status AND #reported = :reported AND #undo = :undo",
        );
        let unchanged = match before.undone_by {
            Some(undo) => unchanged.value(":undo", s(undo.to_string())),
            None => Condition::expression(
                "#fence = :fence AND #status = :status AND #reported = :reported AND attribute_not_exists(#undo)",
            ),
        };
        let unchanged = unchanged
            .name("#fence", "fence")
            .name("#status", "status")
            .name("#reported", "reportedAt")
            .name("#undo", "undoneBy")
            .value(":fence", n(before.fence))
            .value(":status", s(before.status.as_str()))
            .value(":reported", s(before.reported_at.to_string()));
        self.put(Conflict::BulkJob, &table, item(after)?, unchanged)?;
        self.list_awaiting(Some(before), after)
    }

    /// Lists a job among those that wait for an approval, or no longer.
    fn list_awaiting(
        &mut self,
        before: Option<&BulkJob>,
        after: &BulkJob,
    ) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        let awaits = |job: &BulkJob| job.status == BulkStatus::AwaitingApproval;
        match (before.is_some_and(awaits), &after.approval) {
            (false, Some(approval)) if awaits(after) => {
                let pointer = Awaiting { job: after.id, ttl: approval.until.seconds() };
                let item = encode("a waiting job", &awaiting_key(after.id), &pointer)?;
                self.put(Conflict::BulkJob, &table, item, Condition::none())
            }
            (true, _) if !awaits(after) => {
                self.delete(Conflict::BulkJob, &table, &awaiting_key(after.id), Condition::none())
            }
            _ => Ok(()),
        }
    }

    /// Removes the filter of a plan that is carried out.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn forget_bulk_filter(&mut self, job: BulkJobId) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        self.delete(Conflict::BulkJob, &table, &filter_key(job), Condition::none())
    }

    /// Stores what became of a user, in the transaction that changes them. Fails with
    /// [`Conflict::BulkItem`] when it is stored already, and with [`Conflict::BulkJob`] when the job
    /// was cancelled or another run has it. So nobody is changed twice, and nobody after a
    /// cancellation.
    ///
    /// # Errors
    /// `Unreadable` when something cannot be serialized.
    pub fn record_bulk_item(&mut self, job: &BulkJob, done: &BulkItem) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        let stored = StoredItem { item: done.clone(), ttl: ttl(job) };
        let item = encode("an item of a bulk job", &item_key(job.id, done.user), &stored)?;
        self.put(Conflict::BulkItem, &table, item, Condition::absent())?;
        self.check(Conflict::BulkJob, &table, &BulkJob::key(job.id), owned(job.fence))
    }
}

impl Store {
    /// A bulk job or plan (strongly consistent).
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn bulk_job(&self, id: BulkJobId) -> Result<Option<BulkJob>, StoreError> {
        let found = self.batch_get(&self.names.operations, vec![BulkJob::key(id)], true).await?;
        found.into_iter().next().map(|item| decode("a bulk job", item)).transpose()
    }

    /// The jobs that wait for an approval, in the order of their plans. Some may have expired.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn awaiting_bulk_jobs(&self) -> Result<Vec<BulkJob>, StoreError> {
        let walk = Walk::of_table(&self.names.operations, AWAITING.to_owned());
        let (mut ids, mut after) = (Vec::new(), None);
        loop {
            let (items, next) = self.next_items(&walk, after.take()).await?;
            for item in items {
                let Awaiting { job, .. } = decode("a waiting job", item)?;
                ids.push(job);
            }
            match next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        let keys = ids.into_iter().map(BulkJob::key).collect();
        let found = self.batch_get(&self.names.operations, keys, true).await?;
        let jobs = found.into_iter().map(|item| decode::<BulkJob>("a bulk job", item));
        let mut jobs = jobs.collect::<Result<Vec<_>, _>>()?;
        jobs.sort_by_key(|job| (job.created_at, job.id));
        Ok(jobs)
    }

    /// The filter of a plan; none for users who were named by id.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn bulk_filter(&self, id: BulkJobId) -> Result<Option<Value>, StoreError> {
        let found = self.batch_get(&self.names.operations, vec![filter_key(id)], true).await?;
        let read = |item| decode::<StoredFilter>("the filter of a plan", item);
        Ok(found.into_iter().next().map(read).transpose()?.map(|stored| stored.filter))
    }

    /// A page of the planned users of a job, in the order of the plan; `after` is the position that
    /// the page before returned.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn planned_users(
        &self,
        job: &BulkJob,
        after: Option<&str>,
        limit: usize,
    ) -> Result<PlannedUsers, StoreError> {
        let start: usize = match after {
            None => 0,
            Some(text) => text
                .parse()
                .map_err(|_| StoreError::unreadable("a position", "it is not a number"))?,
        };
        let keys = vec![chunk_key(job.id, start / CHUNK)];
        let found = self.batch_get(&self.names.operations, keys, true).await?;
        let chunk = found.into_iter().next().map(|item| decode::<Chunk>("planned users", item));
        let entries = chunk.transpose()?.map(|chunk| chunk.entries).unwrap_or_default();
        let entries: Vec<_> = entries.into_iter().skip(start % CHUNK).take(limit).collect();
        let end = start + entries.len();
        let more = !entries.is_empty() && (end as u64) < job.total;
        Ok(PlannedUsers { entries, next: more.then(|| end.to_string()) })
    }

    /// All planned users of a job, in the order of the plan.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn all_planned_users(&self, job: &BulkJob) -> Result<Vec<BulkEntry>, StoreError> {
        let total = usize::try_from(job.total).unwrap_or(usize::MAX);
        let keys = (0..total.div_ceil(CHUNK)).map(|number| chunk_key(job.id, number)).collect();
        let found = self.batch_get(&self.names.operations, keys, true).await?;
        // Keyed, since they are returned in any order.
        let mut chunks = BTreeMap::new();
        for item in found {
            let number = item.get("sk").and_then(|sk| sk.as_s().ok()).cloned();
            let chunk: Chunk = decode("planned users", item)?;
            chunks.insert(number, chunk.entries);
        }
        Ok(chunks.into_values().flatten().collect())
    }

    /// What became of these users in a job, as far as it is stored.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn bulk_items_of(
        &self,
        job: BulkJobId,
        users: impl IntoIterator<Item = Pseudonym>,
    ) -> Result<HashMap<Pseudonym, BulkItem>, StoreError> {
        let keys = users.into_iter().map(|user| item_key(job, user)).collect();
        let found = self.batch_get(&self.names.operations, keys, true).await?;
        let read = |item| {
            let StoredItem { item, .. } = decode("an item of a bulk job", item)?;
            Ok((item.user, item))
        };
        found.into_iter().map(read).collect()
    }

    /// A page of the processed users of a job, with this outcome or any, by pseudonym.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn bulk_items(
        &self,
        job: BulkJobId,
        outcome: Option<BulkOutcome>,
        request: &PageRequest,
    ) -> Result<Page<BulkItem>, StoreError> {
        let mut walk =
            Walk::of_table(&self.names.operations, partition(job)).beginning("sk", ITEMS);
        if let Some(outcome) = outcome {
            walk = walk.filter(
                "#outcome = :outcome",
                &[("#outcome", "outcome")],
                vec![(":outcome", s(outcome.as_str()))],
            );
        }
        self.items_on(&walk, request, None).await
    }

    /// The same for a run that goes through them all; `after` is the position that the page before
    /// returned.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn bulk_items_after(
        &self,
        job: BulkJobId,
        after: Option<String>,
        limit: u32,
    ) -> Result<Page<BulkItem>, StoreError> {
        let walk = Walk::of_table(&self.names.operations, partition(job)).beginning("sk", ITEMS);
        let request = PageRequest { from: after.map_or(PageFrom::Page(1), PageFrom::After), limit };
        self.items_on(&walk, &request, Some(0)).await
    }

    async fn items_on(
        &self,
        walk: &Walk,
        request: &PageRequest,
        total: Option<u64>,
    ) -> Result<Page<BulkItem>, StoreError> {
        let Page { rows, total, next } = self.page(walk, request, total).await?;
        let read = |item| decode::<StoredItem>("an item of a bulk job", item).map(|row| row.item);
        Ok(Page { rows: rows.into_iter().map(read).collect::<Result<_, _>>()?, total, next })
    }

    /// Adds the counts of the last page of a run whose job was cancelled during the page; `job` is
    /// what the run would have reported.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn report_cancelled_bulk_job(&self, job: &BulkJob) -> Result<(), StoreError> {
        let Some(now) = self.bulk_job(job.id).await? else { return Ok(()) };
        if now.status != BulkStatus::Cancelled || now.fence != job.fence {
            return Ok(());
        }
        let after = BulkJob { tally: job.tally, ..now.clone() };
        let mut tx = self.transaction();
        tx.change_bulk_job(&now, &after)?;
        match tx.commit().await {
            Err(error) if error.conflict().is_some() => Ok(()),
            other => other,
        }
    }
}
