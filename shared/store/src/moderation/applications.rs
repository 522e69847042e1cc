//! Applications: one item each in the table `operations`, with its replies beside it. A lock in the
//! partition of the applicant allows one waiting application of a type, and one appeal against a
//! ban.

use provost_domain::{
    ApplicationId, ReplyId, Timestamp, UserId,
    application::{AppealedBan, Application, ApplicationStatus, ApplicationType, Reply},
    page::{Page, PageRequest},
};
use serde::{Deserialize, Serialize};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Item, Key, decode, encode, n, s},
    records::partition,
    transaction::Condition,
    walk::Walk,
};

/// The prefix of every application's partition.
pub const PREFIX: &str = "APPLICATION#";
/// The sort key of an application.
pub const SORT: &str = "APPLICATION";
/// The prefix of the sort key of a reply.
pub const REPLY: &str = "REPLY#";
/// The name of the list of all applications in the index `newest`.
const LIST: &str = "application";
/// The kind of applications that wait for a decision in the index `due`, by time of creation.
const WAITING: &str = "application-waiting";

/// The key of an application.
pub fn key(id: ApplicationId) -> Key {
    Key::new(format!("{PREFIX}{id}"), SORT)
}

/// The key of a reply.
fn reply_key(application: ApplicationId, id: ReplyId) -> Key {
    Key::new(format!("{PREFIX}{application}"), format!("{REPLY}{id}"))
}

/// The key of the applicant's lock.
fn lock_key(application: &Application) -> Key {
    Key::new(partition(application.user_id), format!("APPLYING#{}", application.lock()))
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Lock {
    application_id: ApplicationId,
}

/// An application with the attributes that only the indexes need.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Stored<'a> {
    #[serde(flatten)]
    application: &'a Application,
    list_kind: &'static str,
    subject_id: UserId,
    state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<Timestamp>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StoredReply<'a> {
    #[serde(flatten)]
    reply: &'a Reply,
    subject_id: UserId,
}

fn item(application: &Application) -> Result<Item, StoreError> {
    let live = application.status.is_live();
    let stored = Stored {
        application,
        list_kind: LIST,
        subject_id: application.user_id,
        state: format!(
            " status:{} type:{} ",
            application.status.as_str(),
            application.r#type.as_str()
        ),
        due_kind: live.then_some(WAITING),
        due_at: live.then_some(application.created_at),
    };
    encode("an application", &key(application.id), &stored)
}

/// Reads an application from an item.
///
/// # Errors
/// `Unreadable` for an item in another format.
pub fn read(item: Item) -> Result<Application, StoreError> {
    decode("an application", item)
}

/// Reads a reply from an item.
///
/// # Errors
/// `Unreadable` for an item in another format.
pub fn read_reply(item: Item) -> Result<Reply, StoreError> {
    decode("a reply", item)
}

impl Transaction {
    /// Submits an application; fails with [`Conflict::OpenApplication`] when the applicant has one of
    /// the same type, or has appealed against the same ban, and with [`Conflict::Erasing`] when the
    /// account is being erased.
    ///
    /// # Errors
    /// `Unreadable` when something cannot be serialized.
    pub fn submit_application(&mut self, application: &Application) -> Result<(), StoreError> {
        let names = self.store().names().clone();
        let lock = Lock { application_id: application.id };
        let lock = encode("an application's lock", &lock_key(application), &lock)?;
        self.check_not_erasing(application.user_id)?;
        self.put(Conflict::OpenApplication, &names.accounts, lock, Condition::absent())?;
        let stored = item(application)?;
        self.put(Conflict::Application, &names.operations, stored, Condition::absent())
    }

    /// Writes a changed application, whose version is one higher than when it was read; fails with
    /// [`Conflict::Application`] when it was changed in the meantime. A decided one allows the next
    /// of its type, except that a ban can be appealed once.
    ///
    /// # Errors
    /// `Unreadable` when something cannot be serialized.
    pub fn save_application(&mut self, application: &Application) -> Result<(), StoreError> {
        let names = self.store().names().clone();
        let unchanged = Condition::expression("#version = :read")
            .name("#version", "version")
            .value(":read", n(application.version - 1));
        self.put(Conflict::Application, &names.operations, item(application)?, unchanged)?;
        if application.status.is_live() || application.ban.is_some() {
            return Ok(());
        }
        let own = Condition::expression("attribute_not_exists(pk) OR applicationId = :application")
            .value(":application", s(application.id.to_string()));
        self.delete(Conflict::OpenApplication, &names.accounts, &lock_key(application), own)
    }

    /// Adds a reply. The application, saved in the same transaction, counts it.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn add_reply(
        &mut self,
        application: &Application,
        reply: &Reply,
    ) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        let stored = StoredReply { reply, subject_id: application.user_id };
        let stored = encode("a reply", &reply_key(application.id, reply.id), &stored)?;
        self.put(Conflict::Application, &table, stored, Condition::absent())
    }
}

impl Store {
    /// Reads one application (strongly consistent).
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn application(&self, id: ApplicationId) -> Result<Option<Application>, StoreError> {
        let found = self.get(&self.names.operations, &key(id), "reading an application").await?;
        found.map(read).transpose()
    }

    /// The replies to an application, oldest first.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn replies(&self, id: ApplicationId) -> Result<Vec<Reply>, StoreError> {
        let walk =
            Walk::of_table(&self.names.operations, format!("{PREFIX}{id}")).beginning("sk", REPLY);
        let (mut replies, mut after) = (Vec::new(), None);
        loop {
            let (items, next) = self.next_items(&walk, after.take()).await?;
            for item in items {
                replies.push(read_reply(item)?);
            }
            match next {
                Some(next) => after = Some(next),
                None => return Ok(replies),
            }
        }
    }

    /// Reads one reply.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn reply(
        &self,
        application: ApplicationId,
        id: ReplyId,
    ) -> Result<Option<Reply>, StoreError> {
        let place = reply_key(application, id);
        let found = self.get(&self.names.operations, &place, "reading a reply").await?;
        found.map(read_reply).transpose()
    }

    /// Whether a user has appealed against a ban.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn has_appealed(&self, user: UserId, ban: AppealedBan) -> Result<bool, StoreError> {
        let name = ban.lock(ApplicationType::BanAppeal);
        let lock = Key::new(partition(user), format!("APPLYING#{name}"));
        let found = self.get(&self.names.accounts, &lock, "reading an application's lock").await?;
        Ok(found.is_some())
    }

    /// The applications of a user, newest first.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn applications_of(&self, user: UserId) -> Result<Vec<Application>, StoreError> {
        let items = self.items_about(user, SORT, PREFIX).await?;
        let mut found = items.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        found.sort_by_key(|application| std::cmp::Reverse(application.id));
        Ok(found)
    }

    /// A page of applications, newest first, optionally filtered by status and type. If only waiting
    /// ones can match, the cost depends on their number and not on that of decided ones.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn applications(
        &self,
        status: Option<ApplicationStatus>,
        r#type: Option<ApplicationType>,
        request: &PageRequest,
    ) -> Result<Page<Application>, StoreError> {
        let table = &self.names.operations;
        let waiting = status.is_some_and(ApplicationStatus::is_live);
        let mut walk = match waiting {
            true => Walk::of_index(table, "due", "dueKind", WAITING, "dueAt").backward(),
            false => Walk::of_index(table, "newest", "listKind", LIST, "createdAt").backward(),
        };
        let wanted = [
            (":status", status.map(|status| format!(" status:{} ", status.as_str()))),
            (":type", r#type.map(|r#type| format!(" type:{} ", r#type.as_str()))),
        ];
        for (placeholder, text) in wanted {
            let Some(text) = text else { continue };
            walk = walk.filter(
                &format!("contains(#state, {placeholder})"),
                &[("#state", "state")],
                vec![(placeholder, s(text))],
            );
        }
        let page = self.page(&walk, request, None).await?;
        let mut rows = page.rows;
        if waiting {
            let text = |item: &Item, name: &str| {
                item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default()
            };
            let keys: Vec<Key> =
                rows.iter().map(|item| Key::new(text(item, "pk"), text(item, "sk"))).collect();
            rows = self.batch_get(table, keys.clone(), true).await?;
            rows.sort_by_key(|item| keys.iter().position(|place| place.pk == text(item, "pk")));
        }
        let mut rows = rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        // The index may lag behind the table.
        rows.retain(|application| status.is_none_or(|status| application.status == status));
        Ok(Page { rows, total: page.total, next: page.next })
    }
}
