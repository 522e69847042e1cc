//! Export jobs: one item each, at most one under way for a user at a time, and never during the
//! erasure of the same user.
//!
//! The guarantee between exports and deletions rests on two items of the user's partition. Starting
//! an export writes the lock, on condition that there is none, and checks that no erasure has
//! begun; beginning an erasure marks the account and checks that there is no lock
//! ([`Transaction::check_no_export`]). Each is one transaction, so the one that commits second sees
//! the first.

pub mod export_runs;
pub mod export_upkeep;
pub mod share_links;

use aws_sdk_dynamodb::types::AttributeValue;
use provost_domain::{
    ExportId, Timestamp, UserId,
    export::{ExportJob, ExportStatus, OWN_EXPORT_EVERY, STALLED_AFTER},
    page::{Page, PageRequest},
};
use serde::{Deserialize, Serialize};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Item, Key, decode, encode, n, s},
    records::{self, partition},
    transaction::Condition,
    walk::Walk,
};

/// The kind of jobs under way in the index `due`, by when their worker counts as silent.
pub const STALLED: &str = "export-stalled";
/// The kind of jobs with an archive to remove in the index `due`, by expiry.
pub const EXPIRY: &str = "export-expiry";
/// The prefix of every job's partition.
pub const PREFIX: &str = "EXPORT#";
/// The name of the list of all jobs in the index `newest`.
pub const LIST: &str = "export";

/// The key of a job.
pub fn key(job: ExportId) -> Key {
    Key::new(format!("{PREFIX}{job}"), "JOB")
}

/// The key of the lock for a user's one export under way.
pub fn lock_key(user: UserId) -> Key {
    Key::new(partition(user), "EXPORTLOCK")
}

/// The key of the time of a user's own last request.
pub fn asked_key(user: UserId) -> Key {
    Key::new(partition(user), "EXPORTASKED")
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Lock {
    job_id: ExportId,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    asked_at: Timestamp,
}

/// A job with the attributes that only the indexes need.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Stored<'a> {
    #[serde(flatten)]
    job: &'a ExportJob,
    list_kind: &'static str,
    subject_id: UserId,
    state: &'static str,
    due_kind: &'static str,
    due_at: Timestamp,
}

impl Transaction {
    /// Creates a job that waits for a worker: the job, the user's lock
    /// ([`Conflict::ExportRunning`]), and the check that the user is not being erased
    /// ([`Conflict::Erasing`]).
    ///
    /// # Errors
    /// `Unreadable` when something cannot be serialized.
    pub fn create_export(&mut self, job: &ExportJob, now: Timestamp) -> Result<(), StoreError> {
        let stored = Stored {
            job,
            list_kind: LIST,
            subject_id: job.user_id,
            state: job.status.as_str(),
            due_kind: STALLED,
            due_at: now.plus(STALLED_AFTER),
        };
        let (item, table) =
            (encode("an export", &key(job.id), &stored)?, self.store().names().operations.clone());
        self.lock_export(job.user_id, job.id)?;
        self.check_not_erasing(job.user_id)?;
        self.put(Conflict::ExportJob, &table, item, Condition::absent())
    }

    /// Takes the lock for a user's one export under way; fails with [`Conflict::ExportRunning`]
    /// when another job holds it.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn lock_export(&mut self, user: UserId, job: ExportId) -> Result<(), StoreError> {
        let (item, table) = (
            encode("an export's lock", &lock_key(user), &Lock { job_id: job })?,
            self.store().names().accounts.clone(),
        );
        self.put(Conflict::ExportRunning, &table, item, Condition::absent())
    }

    /// Releases the lock when the job ends, in any way.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn unlock_export(&mut self, user: UserId, job: ExportId) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        self.delete(
            Conflict::ExportUnlock,
            &table,
            &lock_key(user),
            Condition::expression("attribute_not_exists(pk) OR jobId = :job")
                .value(":job", s(job.to_string())),
        )
    }

    /// Requires that no export of this user is under way; fails with [`Conflict::ExportRunning`].
    /// An erasure begins with this check and with marking the account, in one transaction.
    ///
    /// # Errors
    /// `Unreadable` when the check cannot be built.
    pub fn check_no_export(&mut self, user: UserId) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        self.check(Conflict::ExportRunning, &table, &lock_key(user), Condition::absent())
    }

    /// Requires that the user exists and is not being erased; fails with [`Conflict::Erasing`].
    ///
    /// # Errors
    /// `Unreadable` when the check cannot be built.
    pub fn check_not_erasing(&mut self, user: UserId) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        let condition =
            Condition::expression("attribute_exists(pk) AND (attribute_not_exists(#deletion.#executing) OR #deletion.#executing = :no)")
                .name("#deletion", "deletion")
                .name("#executing", "executing")
                .value(":no", AttributeValue::Bool(false));
        self.check(Conflict::Erasing, &table, &records::key(user), condition)
    }

    /// Records that a user requested their own export; fails with [`Conflict::ExportRequested`]
    /// when they did so within the last day. Exact, because it is the condition of the write.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn note_own_export(&mut self, user: UserId, now: Timestamp) -> Result<(), StoreError> {
        let (item, table) = (
            encode("an export request", &asked_key(user), &Asked { asked_at: now })?,
            self.store().names().accounts.clone(),
        );
        let condition = Condition::expression("attribute_not_exists(pk) OR askedAt <= :before")
            .value(":before", s(now.plus(-OWN_EXPORT_EVERY).to_string()));
        self.put(Conflict::ExportRequested, &table, item, condition)
    }

    /// Cancels a job with the status `before`; fails with [`Conflict::ExportJob`] when it has
    /// changed. The scheduler removes what is left of it in the bucket.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn cancel_export(
        &mut self,
        job: &ExportJob,
        before: ExportStatus,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        let condition = Condition::expression("#status = :before")
            .name("#status", "status")
            .name("#state", "state")
            .name("#version", "version")
            .value(":before", s(before.as_str()))
            .value(":status", s(job.status.as_str()))
            .value(":now", s(now.to_string()))
            .value(":kind", s(EXPIRY))
            .value(":one", n(1));
        self.update(
            Conflict::ExportJob,
            &table,
            &key(job.id),
            "SET #status = :status, #state = :status, expiresAt = :now, dueKind = :kind, dueAt = :now, #version = #version + :one",
            condition,
        )?;
        if before == ExportStatus::Completed {
            return Ok(());
        }
        self.unlock_export(job.user_id, job.id)
    }

    /// Requires that a job still has its archive; fails with [`Conflict::ExportJob`].
    ///
    /// # Errors
    /// `Unreadable` when the check cannot be built.
    pub fn check_completed(&mut self, job: ExportId) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        self.check(
            Conflict::ExportJob,
            &table,
            &key(job),
            Condition::expression("#status = :completed")
                .name("#status", "status")
                .value(":completed", s(ExportStatus::Completed.as_str())),
        )
    }
}

/// Reads a job from an item.
///
/// # Errors
/// `Unreadable` for an item in another format.
pub fn read(item: Item) -> Result<ExportJob, StoreError> {
    decode("an export", item)
}

impl Store {
    /// Reads one job (strongly consistent).
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn export(&self, job: ExportId) -> Result<Option<ExportJob>, StoreError> {
        let found = self.get(&self.names.operations, &key(job), "reading an export").await?;
        found.map(read).transpose()
    }

    /// The user's job that is under way.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn export_under_way(&self, user: UserId) -> Result<Option<ExportJob>, StoreError> {
        let found =
            self.get(&self.names.accounts, &lock_key(user), "reading an export's lock").await?;
        match found {
            Some(item) => self.export(decode::<Lock>("an export's lock", item)?.job_id).await,
            None => Ok(None),
        }
    }

    /// When this user last requested their own export.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn own_export_asked(&self, user: UserId) -> Result<Option<Timestamp>, StoreError> {
        let found =
            self.get(&self.names.accounts, &asked_key(user), "reading an export request").await?;
        found
            .map(|item| decode::<Asked>("an export request", item).map(|asked| asked.asked_at))
            .transpose()
    }

    /// A page of all jobs, newest first, optionally of one status.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn exports(
        &self,
        status: Option<ExportStatus>,
        request: &PageRequest,
    ) -> Result<Page<ExportJob>, StoreError> {
        let mut walk =
            Walk::of_index(&self.names.operations, "newest", "listKind", LIST, "createdAt")
                .backward();
        if let Some(status) = status {
            walk = walk.filter(
                "#status = :status",
                &[("#status", "status")],
                vec![(":status", s(status.as_str()))],
            );
        }
        let page = self.page(&walk, request, None).await?;
        let rows = page.rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(Page { rows, total: page.total, next: page.next })
    }

    /// All jobs of one user, newest first; a user has few.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn exports_of(&self, user: UserId) -> Result<Vec<ExportJob>, StoreError> {
        let mut jobs = Vec::new();
        for item in self.items_about(user, "JOB", PREFIX).await? {
            jobs.push(read(item)?);
        }
        jobs.sort_by_key(|job| std::cmp::Reverse(job.id));
        Ok(jobs)
    }

    /// The items of `operations` about one user with a sort key that begins with `sort` and a
    /// partition that begins with `prefix`, read from the table itself. An empty text does not
    /// filter.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn items_about(
        &self,
        user: UserId,
        sort: &str,
        prefix: &str,
    ) -> Result<Vec<Item>, StoreError> {
        let mut walk = Walk::of_index(
            &self.names.operations,
            "by-subject",
            "subjectId",
            user.to_string(),
            "sk",
        );
        if !sort.is_empty() {
            walk = walk.beginning("sk", sort);
        }
        let (mut keys, mut after) = (Vec::new(), None);
        loop {
            let (items, next) = self.next_items(&walk, after.take()).await?;
            let text = |item: &Item, name: &str| {
                item.get(name).and_then(|value| value.as_s().ok().cloned()).unwrap_or_default()
            };
            keys.extend(
                items
                    .iter()
                    .map(|item| Key::new(text(item, "pk"), text(item, "sk")))
                    .filter(|key| key.pk.starts_with(prefix)),
            );
            match next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        self.batch_get(&self.names.operations, keys, true).await
    }
}
