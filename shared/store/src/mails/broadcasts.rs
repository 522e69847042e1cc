//! Broadcasts: one item each in the table `operations`, and the contents that staff wrote, each in
//! an item of its own, so that lists and reports stay small.

use provost_domain::{
    BroadcastId, MessageId, Pseudonym, Timestamp,
    mail::{
        broadcast::{Broadcast, BroadcastStatus, KEPT},
        content::MailContent,
    },
    message::Message,
    page::{Page, PageRequest},
    time::DAY,
};
use serde::{Deserialize, Serialize};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Item, Key, decode, encode, n, s},
    jobs::{self, FencedJob, JobWrite, StoredJob},
    transaction::Condition,
    walk::Walk,
};

/// Groups the broadcasts that wait for their time in the index `due`.
pub const SCHEDULED: &str = "broadcast-scheduled";
/// Groups the broadcasts in the index `newest`.
const LIST: &str = "broadcasts";
/// How long the content of an email to individual users is kept, in milliseconds.
const CONTENT_KEPT: i64 = 30 * DAY;

/// A content that staff wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WrittenMail {
    /// The content.
    pub content: MailContent,
    /// Pseudonym of the member of staff who gets the replies; none if the platform does.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub replies_to: Option<Pseudonym>,
}

/// The key of a content, by the id of its broadcast or message.
fn content_key(id: &str) -> Key {
    Key::new(format!("MAILCONTENT#{id}"), "CONTENT")
}

fn item(broadcast: &Broadcast) -> Result<Item, StoreError> {
    let mut item = encode("a broadcast", &Broadcast::key(broadcast.id), broadcast)?;
    item.insert("ttl".to_owned(), n(broadcast.created_at.plus(KEPT).seconds()));
    item.insert("listKind".to_owned(), s(LIST));
    match broadcast.status {
        BroadcastStatus::Scheduled => {
            item.insert("dueKind".to_owned(), s(SCHEDULED));
            item.insert("dueAt".to_owned(), s(broadcast.reported_at.to_string()));
        }
        BroadcastStatus::Queued | BroadcastStatus::Running => {
            jobs::watch::<Broadcast>(&mut item, broadcast.reported_at);
        }
        _ => {}
    }
    Ok(item)
}

impl StoredJob for Broadcast {
    type Id = BroadcastId;
    const PREFIX: &'static str = "BROADCAST#";
    const SORT: &'static str = "JOB";
    const STALLED: &'static str = "broadcast-stalled";
    const CONFLICT: Conflict = Conflict::Broadcast;

    fn message(job: BroadcastId) -> Message {
        Message::Broadcast { job }
    }
}

impl FencedJob for Broadcast {
    fn job_id(&self) -> BroadcastId {
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
    /// Stores a new broadcast and its content.
    ///
    /// # Errors
    /// `Unreadable` when something cannot be serialized.
    pub fn create_broadcast(
        &mut self,
        broadcast: &Broadcast,
        content: &WrittenMail,
    ) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        self.put(Conflict::Broadcast, &table, item(broadcast)?, Condition::absent())?;
        self.put_content(&broadcast.id.to_string(), content, broadcast.created_at.plus(KEPT))
    }

    /// Stores the content of an email to individual users.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn create_mail_content(
        &mut self,
        id: MessageId,
        content: &WrittenMail,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.put_content(&id.to_string(), content, now.plus(CONTENT_KEPT))
    }

    fn put_content(
        &mut self,
        id: &str,
        content: &WrittenMail,
        ends: Timestamp,
    ) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        let mut item = encode("the content of an email", &content_key(id), content)?;
        item.insert("ttl".to_owned(), n(ends.seconds()));
        self.put(Conflict::MailContent, &table, item, Condition::absent())
    }

    /// Changes a broadcast outside of its runs; `before` is the broadcast as it was read. Fails with
    /// [`Conflict::Broadcast`] when it has changed in the meantime.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn change_broadcast(
        &mut self,
        before: &Broadcast,
        after: &Broadcast,
    ) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        let unchanged = Condition::expression(
            "#fence = :fence AND #status = :status AND #reported = :reported",
        )
        .name("#fence", "fence")
        .name("#status", "status")
        .name("#reported", "reportedAt")
        .value(":fence", n(before.fence))
        .value(":status", s(before.status.as_str()))
        .value(":reported", s(before.reported_at.to_string()));
        self.put(Conflict::Broadcast, &table, item(after)?, unchanged)
    }
}

impl Store {
    /// A broadcast (strongly consistent).
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn broadcast(&self, id: BroadcastId) -> Result<Option<Broadcast>, StoreError> {
        self.batch_get(&self.names.operations, vec![Broadcast::key(id)], true)
            .await?
            .pop()
            .map(|item| decode("a broadcast", item))
            .transpose()
    }

    /// The broadcast of a key in the index `due`, if it waits for a time that has come.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn due_broadcast(
        &self,
        key: &Key,
        now: Timestamp,
    ) -> Result<Option<Broadcast>, StoreError> {
        let Some(id) = Broadcast::id_of(key) else { return Ok(None) };
        Ok(self.broadcast(id).await?.filter(|broadcast| {
            broadcast.status == BroadcastStatus::Scheduled && broadcast.reported_at <= now
        }))
    }

    /// The content of a broadcast.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn broadcast_content(
        &self,
        id: BroadcastId,
    ) -> Result<Option<WrittenMail>, StoreError> {
        self.written_mail(&id.to_string()).await
    }

    /// The content of an email to individual users; none once it has expired.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn mail_content(&self, id: MessageId) -> Result<Option<WrittenMail>, StoreError> {
        self.written_mail(&id.to_string()).await
    }

    async fn written_mail(&self, id: &str) -> Result<Option<WrittenMail>, StoreError> {
        self.batch_get(&self.names.operations, vec![content_key(id)], true)
            .await?
            .pop()
            .map(|item| decode("the content of an email", item))
            .transpose()
    }

    /// A page of the broadcasts, newest first.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn broadcasts(
        &self,
        status: Option<BroadcastStatus>,
        request: &PageRequest,
    ) -> Result<Page<Broadcast>, StoreError> {
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
        let rows = page
            .rows
            .into_iter()
            .map(|item| decode("a broadcast", item))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Page { rows, total: page.total, next: page.next })
    }

    /// Adds the counts of the last page of a run whose broadcast was cancelled while it sent the
    /// page; `broadcast` is what the run would have reported.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn report_cancelled_broadcast(
        &self,
        broadcast: &Broadcast,
    ) -> Result<(), StoreError> {
        let Some(now) = self.broadcast(broadcast.id).await? else { return Ok(()) };
        if now.status != BroadcastStatus::Cancelled || now.fence != broadcast.fence {
            return Ok(());
        }
        let after = Broadcast { tally: broadcast.tally, listed: broadcast.listed, ..now.clone() };
        let mut tx = self.transaction();
        tx.change_broadcast(&now, &after)?;
        match tx.commit().await {
            Err(error) if error.conflict().is_some() => Ok(()),
            other => other,
        }
    }
}
