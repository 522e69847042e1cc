//! Deletion requests, from the request to the receipt: one item each, found by due time, by newest,
//! and by user for as long as the user exists.

pub mod erasure;
pub mod kinds;

use provost_domain::{
    DeletionId, Timestamp, User, UserId,
    deletion::{DeletionRequest, DeletionState},
    job::JobKind,
    message::Message,
    page::{Page, PageRequest},
    time::HOUR,
};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Item, Key, decode, encode, n, s},
    jobs::{StoredJob, silent_at},
    transaction::Condition,
    walk::Walk,
};

/// Groups requests that wait for their due date, in the index `due`.
pub const DUE: &str = "deletion";
/// Groups requests that are being executed and fall due when their run goes silent, in the index
/// `due`.
pub const STALLED: &str = "deletion-stalled";
/// A run that has not written for this long is considered dead, in milliseconds: longer than a
/// function can live.
pub const STALLED_AFTER: i64 = JobKind::Deletion.silent_after();
/// How often a blocked request is checked again, in milliseconds.
pub const BLOCKED_AGAIN: i64 = 6 * HOUR;
/// The kind of deletion requests in lists.
const LIST: &str = "deletion";
/// The index `due` sorts by `dueAt`, which for a request in execution is not its original due date;
/// this attribute keeps that.
const REAL_DUE: &str = "fallsDueAt";

/// The key of a request.
pub fn key(id: DeletionId) -> Key {
    <DeletionRequest as StoredJob>::key(id)
}

/// A deletion is written under its version, which every change counts, also one by staff: a stricter
/// condition than the fencing token.
impl StoredJob for DeletionRequest {
    type Id = DeletionId;
    const PREFIX: &'static str = "DELETION#";
    const SORT: &'static str = "REQUEST";
    const STALLED: &'static str = STALLED;
    const CONFLICT: Conflict = Conflict::Deletion;

    fn message(request: DeletionId) -> Message {
        Message::Deletion { request }
    }
}

/// Reads a request from an item.
///
/// # Errors
/// `Unreadable` for an item in another format.
pub fn read(mut item: Item) -> Result<DeletionRequest, StoreError> {
    if let Some(due) = item.remove(REAL_DUE) {
        item.insert("dueAt".to_owned(), due);
    }
    decode("a deletion request", item)
}

fn item(request: &DeletionRequest, now: Timestamp) -> Result<Item, StoreError> {
    let mut item = encode("a deletion request", &key(request.id), request)?;
    item.insert("listKind".to_owned(), s(LIST));
    if let Some(user) = request.user_id {
        item.insert("subjectId".to_owned(), s(user.to_string()));
    }
    let wake = match request.state {
        DeletionState::Scheduled => Some((DUE, request.due_at)),
        DeletionState::Blocked => Some((DUE, request.due_at.max(now.plus(BLOCKED_AGAIN)))),
        DeletionState::Executing => Some((STALLED, silent_at::<DeletionRequest>(now))),
        DeletionState::Held
        | DeletionState::Erased
        | DeletionState::Cancelled
        | DeletionState::Unknown(_) => None,
    };
    if let Some((kind, at)) = wake {
        item.insert("dueKind".to_owned(), s(kind));
        if let Some(real) = item.insert("dueAt".to_owned(), s(at.to_string())) {
            item.insert(REAL_DUE.to_owned(), real);
        }
    }
    Ok(item)
}

/// A filter for requests.
#[derive(Debug, Clone, Default)]
pub struct DeletionFilter {
    /// Only requests in this state.
    pub state: Option<DeletionState>,
    /// Only requests of this user.
    pub user: Option<UserId>,
    /// Only requests made at or after this time.
    pub from: Option<Timestamp>,
    /// Only requests made at or before this time.
    pub to: Option<Timestamp>,
}

impl Transaction {
    /// Writes a new request.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn create_deletion(
        &mut self,
        request: &DeletionRequest,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        self.put(Conflict::Deletion, &table, item(request, now)?, Condition::absent())
    }

    /// Writes a request copied from elsewhere: over the version that was read here, or as a new
    /// one.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn replay_deletion(
        &mut self,
        request: &DeletionRequest,
        read: Option<u64>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        match read {
            Some(read) => self.save_deletion(request, read, now),
            None => self.create_deletion(request, now),
        }
    }

    /// Writes a changed request, on condition that it still has the version that was read.
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn save_deletion(
        &mut self,
        request: &DeletionRequest,
        read: u64,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        self.put(
            Conflict::Deletion,
            &table,
            item(request, now)?,
            Condition::expression("version = :read").value(":read", n(read)),
        )
    }

    /// Claims a due request for one sender: no other sender finds it due before it could be
    /// stalled. The request itself does not change.
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn claim_due_deletion(
        &mut self,
        request: &DeletionRequest,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        let condition = Condition::expression("version = :read AND dueAt <= :now")
            .value(":read", n(request.version))
            .value(":now", s(now.to_string()))
            .value(":later", s(now.plus(STALLED_AFTER).to_string()));
        self.update(
            Conflict::Deletion,
            &table,
            &key(request.id),
            "SET fallsDueAt = if_not_exists(fallsDueAt, dueAt), dueAt = :later",
            condition,
        )
    }
}

impl Store {
    /// Reads a request (strongly consistent).
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn deletion(&self, id: DeletionId) -> Result<Option<DeletionRequest>, StoreError> {
        let found =
            self.get(&self.names.operations, &key(id), "reading a deletion request").await?;
        found.map(read).transpose()
    }

    /// The request that an account waits for.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn pending_deletion(
        &self,
        user: &User,
    ) -> Result<Option<DeletionRequest>, StoreError> {
        match &user.deletion {
            Some(pending) => self.deletion(pending.id).await,
            None => Ok(None),
        }
    }

    /// A page of requests, newest first.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn deletions(
        &self,
        filter: &DeletionFilter,
        request: &PageRequest,
    ) -> Result<Page<DeletionRequest>, StoreError> {
        let mut walk =
            Walk::of_index(&self.names.operations, "newest", "listKind", LIST, "createdAt")
                .backward();
        if filter.from.is_some() || filter.to.is_some() {
            let (low, high) = (
                filter.from.unwrap_or_else(|| Timestamp::from_millis(0)),
                filter.to.unwrap_or_else(|| Timestamp::from_millis(i64::MAX)),
            );
            walk = walk.between("createdAt", low.to_string(), high.to_string());
        }
        if let Some(state) = filter.state {
            walk = walk.filter(
                "#state = :state",
                &[("#state", "state")],
                vec![(":state", s(state.as_str()))],
            );
        }
        if let Some(user) = filter.user {
            walk = walk.filter(
                "#subject = :subject",
                &[("#subject", "subjectId")],
                vec![(":subject", s(user.to_string()))],
            );
        }
        let page = self.page(&walk, request, None).await?;
        let Page { rows, total, next } = page;
        Ok(Page { rows: rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?, total, next })
    }

    /// Every request that is open or in execution, or ended at or after a time, oldest first: the
    /// requests that a restore to that time would lose. A query over the index of requests, not a
    /// scan of accounts.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn deletions_to_replay(
        &self,
        since: Timestamp,
    ) -> Result<Vec<DeletionRequest>, StoreError> {
        let walk = Walk::of_index(&self.names.operations, "newest", "listKind", LIST, "createdAt")
            .filter(
                "attribute_not_exists(#ended) OR #ended >= :since",
                &[("#ended", "endedAt")],
                vec![(":since", s(since.to_string()))],
            );
        let (mut requests, mut start) = (Vec::new(), None);
        loop {
            let (items, next) = self.next_items(&walk, start).await?;
            for item in items {
                requests.push(read(item)?);
            }
            match next {
                Some(next) => start = Some(next),
                None => return Ok(requests),
            }
        }
    }

    /// The request behind a key from the index `due`, if it is still due: the index may lag behind,
    /// so the table itself decides.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn due_deletion(
        &self,
        key: &Key,
        now: Timestamp,
    ) -> Result<Option<DeletionRequest>, StoreError> {
        let found = self.get(&self.names.operations, key, "reading a deletion request").await?;
        let Some(item) = found else { return Ok(None) };
        let due = item.contains_key("dueKind")
            && item
                .get("dueAt")
                .and_then(|at| at.as_s().ok())
                .is_some_and(|at| *at <= now.to_string());
        if due { read(item).map(Some) } else { Ok(None) }
    }
}
