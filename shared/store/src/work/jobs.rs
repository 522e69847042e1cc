//! The life of long jobs in the table `operations`: a run claims a job under a fencing token, reports,
//! and ends it; each write is conditional on the token. A job under way is in the index `due` under
//! the time at which its run counts as silent, so that the scheduler can send it again.

use std::{fmt::Display, str::FromStr};

use aws_sdk_dynamodb::types::AttributeValue;
use provost_domain::{
    Timestamp,
    job::{JobState, LongJob},
    message::Message,
};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Item, Key, n, s},
    transaction::Condition,
};

/// The states in which a run may claim a job, as they are stored.
const QUEUED: &str = "queued";
const RUNNING: &str = "running";

/// A job with an item in the table `operations`.
pub trait StoredJob: LongJob + Send + Sync {
    /// Type of the job id.
    type Id: Copy + Display + FromStr + Send + Sync;
    /// The prefix of the partition of each job.
    const PREFIX: &'static str;
    /// The sort key.
    const SORT: &'static str;
    /// The kind of jobs under way in the index `due`, by the time at which their run is silent.
    const STALLED: &'static str;
    /// The conflict of a write by a run that does not own the job.
    const CONFLICT: Conflict;

    /// The message that makes a worker run the job.
    fn message(id: Self::Id) -> Message;

    /// The key of a job.
    fn key(id: Self::Id) -> Key {
        Key::new(format!("{}{id}", Self::PREFIX), Self::SORT)
    }

    /// The job id in a key.
    fn id_of(key: &Key) -> Option<Self::Id> {
        key.pk.strip_prefix(Self::PREFIX)?.parse().ok()
    }
}

/// A job whose runs write its item under the fencing token, in the attributes `fence` and `status`.
pub trait FencedJob: StoredJob {
    /// Its id.
    fn job_id(&self) -> Self::Id;

    /// What a claim writes, besides the token, the state and the next time in the index `due`.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    fn claim_write(&self) -> Result<JobWrite, StoreError>;

    /// What a report writes.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    fn report_write(&self) -> Result<JobWrite, StoreError>;
}

/// A write to the item of a job.
#[derive(Debug)]
pub enum JobWrite {
    /// The whole item.
    Item(Item),
    /// These attributes, and one more in `version`: everything else stays as it is.
    Attributes(Vec<(&'static str, AttributeValue)>),
}

/// Puts an item into the index `due`, under the kind of silent jobs, from a time on.
pub(crate) fn watch<J: StoredJob>(item: &mut Item, from: Timestamp) {
    item.insert("dueKind".to_owned(), s(J::STALLED));
    item.insert("dueAt".to_owned(), s(silent_at::<J>(from).to_string()));
}

/// The time at which a job counts as silent that is heard of now.
pub(crate) fn silent_at<J: StoredJob>(now: Timestamp) -> Timestamp {
    now.plus(J::KIND.silent_after())
}

/// The condition that a run with this token owns a job under way.
pub(crate) fn owned(fence: u64) -> Condition {
    Condition::expression("#fence = :fence AND #status = :running")
        .name("#fence", "fence")
        .name("#status", "status")
        .value(":fence", n(fence))
        .value(":running", s(RUNNING))
}

/// The condition that no later run has claimed a job since the run with this token, if there was
/// one, and that the job has not ended.
fn claimable(fence: u64) -> Condition {
    Condition::expression("#fence = :fence AND #status IN (:queued, :running)")
        .name("#fence", "fence")
        .name("#status", "status")
        .value(":fence", n(fence))
        .value(":queued", s(QUEUED))
        .value(":running", s(RUNNING))
}

impl Store {
    /// Claims a job for a new run; `job` is the job as it was read. None when another run was
    /// faster, or the job has ended.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn claim_job<J: FencedJob>(
        &self,
        job: J,
        now: Timestamp,
    ) -> Result<Option<J>, StoreError> {
        let Some(claimed) = job.claimed(now) else { return Ok(None) };
        Ok(self.write_claim(&claimed, now).await?.then_some(claimed))
    }

    /// Writes a claim; `claimed` is the job after it. Returns `false` when another run was faster,
    /// or the job has ended.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn write_claim<J: FencedJob>(
        &self,
        claimed: &J,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let fence = claimed.job().fence;
        let write = match claimed.claim_write()? {
            JobWrite::Item(item) => JobWrite::Item(item),
            JobWrite::Attributes(mut attributes) => {
                attributes.extend([
                    ("fence", n(fence)),
                    ("status", s(RUNNING)),
                    ("dueKind", s(J::STALLED)),
                    ("dueAt", s(silent_at::<J>(now).to_string())),
                ]);
                JobWrite::Attributes(attributes)
            }
        };
        self.write_job(claimed, write, claimable(fence.saturating_sub(1))).await
    }

    /// Writes the progress of a run, which also shows that it is alive, or the end of the job.
    /// Returns `false` when the run does not own the job any more.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn report_job<J: FencedJob>(
        &self,
        job: &J,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let write = match job.report_write()? {
            JobWrite::Item(item) => JobWrite::Item(item),
            JobWrite::Attributes(mut attributes) => {
                if job.job().state == JobState::Running {
                    attributes.push(("dueAt", s(silent_at::<J>(now).to_string())));
                }
                JobWrite::Attributes(attributes)
            }
        };
        self.write_job(job, write, owned(job.job().fence)).await
    }

    /// Writes under a condition; returns `false` when it does not hold.
    pub(crate) async fn write_job<J: FencedJob>(
        &self,
        job: &J,
        write: JobWrite,
        condition: Condition,
    ) -> Result<bool, StoreError> {
        let mut tx = self.transaction();
        tx.write_job(job, write, condition)?;
        match tx.commit().await {
            Ok(()) => Ok(true),
            Err(error) if error.conflict() == Some(J::CONFLICT) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The jobs of a kind whose run counts as silent at this time, longest silent first.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn silent_jobs<J: StoredJob>(
        &self,
        now: Timestamp,
        limit: i32,
    ) -> Result<Vec<J::Id>, StoreError> {
        let keys = self.due(J::STALLED, now, limit).await?;
        Ok(keys.iter().filter_map(J::id_of).collect())
    }

    /// Sends every silent job of a kind to a worker again; returns how many.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn resend_silent_jobs<J: FencedJob>(
        &self,
        now: Timestamp,
        limit: i32,
    ) -> Result<usize, StoreError> {
        let mut sent = 0;
        for id in self.silent_jobs::<J>(now, limit).await? {
            // Sends first, then postpones: if the process dies in between, the job is sent twice,
            // and the fencing token of the runs handles that.
            self.enqueue(&J::message(id), 0).await?;
            let mut tx = self.transaction();
            let condition = Condition::expression("dueKind = :kind AND dueAt <= :now")
                .value(":kind", s(J::STALLED))
                .value(":now", s(now.to_string()))
                .value(":next", s(silent_at::<J>(now).to_string()));
            tx.update(
                J::CONFLICT,
                &self.names.operations,
                &J::key(id),
                "SET dueAt = :next",
                condition,
            )?;
            match tx.commit().await {
                Ok(()) => sent += 1,
                // Its run reported, or another scheduler run was faster.
                Err(error) if error.conflict().is_some() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(sent)
    }
}

impl Transaction {
    /// Writes the item of a job under a condition.
    fn write_job<J: FencedJob>(
        &mut self,
        job: &J,
        write: JobWrite,
        condition: Condition,
    ) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        match write {
            JobWrite::Item(item) => self.put(J::CONFLICT, &table, item, condition),
            JobWrite::Attributes(attributes) => {
                let (update, condition) = set(attributes, condition);
                self.update(J::CONFLICT, &table, &J::key(job.job_id()), update, condition)
            }
        }
    }
}

/// The expression that sets these attributes and counts the version, and its placeholders.
fn set(
    attributes: Vec<(&'static str, AttributeValue)>,
    condition: Condition,
) -> (String, Condition) {
    let (mut update, mut condition) = (String::from("SET #version = #version + :one"), condition);
    condition.names.push(("#version".to_owned(), "version".to_owned()));
    condition.values.push((":one".to_owned(), n(1)));
    for (number, (name, value)) in attributes.into_iter().enumerate() {
        update.push_str(&format!(", #set{number} = :set{number}"));
        condition.names.push((format!("#set{number}"), name.to_owned()));
        condition.values.push((format!(":set{number}"), value));
    }
    (update, condition)
}
