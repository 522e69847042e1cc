//! Verifications: one item each in the table `operations`, where staff find the newest and an
//! erasure finds a user's; a lock in the user's partition allows one waiting verification of a type
//! at a time.

pub mod upload_windows;

use aws_sdk_dynamodb::types::AttributeValue;
use provost_domain::{
    Timestamp, UserId, VerificationId,
    page::{Page, PageRequest},
    verification::{self, Verification, VerificationStatus, VerificationType},
};
use serde::{Deserialize, Serialize};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Item, Key, decode, encode, n, s},
    records::partition,
    transaction::Condition,
    walk::Walk,
};

/// The prefix of every verification's partition.
pub const PREFIX: &str = "VERIFICATION#";
/// The name of the list of all verifications in the index `newest`.
pub const LIST: &str = "verification";
/// The kind of verifications that wait for staff in the index `due`, by request time, so that they
/// are found without reading decided ones.
pub const WAITING: &str = "verification-waiting";
/// The kind of decided verifications with images to remove in the index `due`, by due time.
pub const RETENTION: &str = "verification-images";

/// The key of a verification.
pub fn key(id: VerificationId) -> Key {
    Key::new(format!("{PREFIX}{id}"), "VERIFICATION")
}

/// The key of the lock for a user's one waiting verification of a type.
pub fn lock_key(user: UserId, r#type: VerificationType) -> Key {
    Key::new(partition(user), format!("VERIFYING#{}", r#type.as_str()))
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Lock {
    verification_id: VerificationId,
}

/// A verification with the attributes that only the indexes need.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Stored<'a> {
    #[serde(flatten)]
    verification: &'a Verification,
    list_kind: &'static str,
    subject_id: UserId,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<Timestamp>,
}

fn item(verification: &Verification, images_go_at: Option<Timestamp>) -> Result<Item, StoreError> {
    let (state, due) = if verification.status == VerificationStatus::Pending {
        (waiting(verification.r#type), Some((WAITING, verification.created_at)))
    } else {
        (verification.status.as_str(), images_go_at.map(|at| (RETENTION, at)))
    };
    let stored = Stored {
        verification,
        list_kind: LIST,
        subject_id: verification.user_id,
        state,
        due_kind: due.map(|(kind, _)| kind),
        due_at: due.map(|(_, at)| at),
    };
    encode("a verification", &key(verification.id), &stored)
}

/// The state of a waiting verification: the index `due` has only this attribute, and its list is
/// filtered by type.
const fn waiting(r#type: VerificationType) -> &'static str {
    match r#type {
        VerificationType::Identity => "pending identity",
        VerificationType::Student => "pending student",
        VerificationType::Unknown(_) => "pending",
    }
}

/// Reads a verification from an item.
///
/// # Errors
/// `Unreadable` for an item in another format.
pub fn read(item: Item) -> Result<Verification, StoreError> {
    decode("a verification", item)
}

/// The changed verification is unchanged since it was read.
fn as_read(changed: &Verification) -> Condition {
    Condition::expression("#version = :read")
        .name("#version", "version")
        .value(":read", n(changed.version - 1))
}

impl Transaction {
    /// Requests a verification; fails with [`Conflict::OpenVerification`] when one of the same type
    /// is already waiting.
    ///
    /// # Errors
    /// `Unreadable` when something cannot be serialized.
    pub fn create_verification(&mut self, verification: &Verification) -> Result<(), StoreError> {
        let names = self.store().names().clone();
        let lock = Lock { verification_id: verification.id };
        self.put(
            Conflict::OpenVerification,
            &names.accounts,
            encode(
                "a verification's lock",
                &lock_key(verification.user_id, verification.r#type),
                &lock,
            )?,
            Condition::absent(),
        )?;
        self.put(
            Conflict::Verification,
            &names.operations,
            item(verification, None)?,
            Condition::absent(),
        )
    }

    /// Requests a verification in place of one that cannot be decided, whose images will be removed
    /// soon; fails with [`Conflict::OpenVerification`] when another one is waiting by now, and with
    /// [`Conflict::Verification`] when it was decided.
    ///
    /// # Errors
    /// `Unreadable` when something cannot be serialized.
    pub fn replace_verification(
        &mut self,
        ended: &Verification,
        asked: &Verification,
        images_go_at: Timestamp,
    ) -> Result<(), StoreError> {
        let names = self.store().names().clone();
        let (lock, place) =
            (Lock { verification_id: asked.id }, lock_key(asked.user_id, asked.r#type));
        let same = Condition::equals("verificationId", s(ended.id.to_string()));
        self.put(
            Conflict::OpenVerification,
            &names.accounts,
            encode("a verification's lock", &place, &lock)?,
            same,
        )?;
        let due = (!ended.images.is_empty()).then_some(images_go_at);
        self.put(Conflict::Verification, &names.operations, item(ended, due)?, as_read(ended))?;
        self.put(Conflict::Verification, &names.operations, item(asked, None)?, Condition::absent())
    }

    /// Writes a decision, allows the next request of its type, and plans the removal of its images;
    /// fails with [`Conflict::Verification`] when it was already decided.
    ///
    /// # Errors
    /// `Unreadable` when something cannot be serialized.
    pub fn decide_verification(
        &mut self,
        decided: &Verification,
        images_go_at: Timestamp,
    ) -> Result<(), StoreError> {
        let names = self.store().names().clone();
        let due = (!decided.images.is_empty()).then_some(images_go_at);
        self.put(Conflict::Verification, &names.operations, item(decided, due)?, as_read(decided))?;
        self.delete(
            Conflict::VerificationUnlock,
            &names.accounts,
            &lock_key(decided.user_id, decided.r#type),
            Condition::none(),
        )
    }
}

impl Store {
    /// Reads one verification (strongly consistent).
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn verification(
        &self,
        id: VerificationId,
    ) -> Result<Option<Verification>, StoreError> {
        let found = self.get(&self.names.operations, &key(id), "reading a verification").await?;
        found.map(read).transpose()
    }

    /// The verification of this type that a user waits for.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn waiting_verification(
        &self,
        user: UserId,
        r#type: VerificationType,
    ) -> Result<Option<Verification>, StoreError> {
        let found = self
            .get(&self.names.accounts, &lock_key(user, r#type), "reading a verification's lock")
            .await?;
        let Some(item) = found else { return Ok(None) };
        let lock: Lock = decode("a verification's lock", item)?;
        self.verification(lock.verification_id).await
    }

    /// A page of waiting verifications, newest first: its cost depends on the number of waiting
    /// ones, not on the number of decided ones.
    async fn waiting_verifications(
        &self,
        r#type: Option<VerificationType>,
        request: &PageRequest,
    ) -> Result<Page<Verification>, StoreError> {
        let table = &self.names.operations;
        let mut walk = Walk::of_index(table, "due", "dueKind", WAITING, "dueAt").backward();
        if let Some(r#type) = r#type {
            walk = walk.filter(
                "#state = :state",
                &[("#state", "state")],
                vec![(":state", s(waiting(r#type)))],
            );
        }
        let page = self.page(&walk, request, None).await?;
        let text = |item: &Item, name: &str| {
            item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default()
        };
        let keys: Vec<Key> =
            page.rows.iter().map(|item| Key::new(text(item, "pk"), text(item, "sk"))).collect();
        let mut rows = Vec::new();
        for item in self.batch_get(table, keys.clone(), false).await? {
            rows.push(read(item)?);
        }
        rows.sort_by_key(|row| keys.iter().position(|place| *place == key(row.id)));
        // The index may lag behind the table.
        rows.retain(|row| row.status == VerificationStatus::Pending);
        Ok(Page { rows, total: page.total, next: page.next })
    }

    /// A page of all verifications, newest first, optionally filtered by status and type.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn verifications(
        &self,
        status: Option<VerificationStatus>,
        r#type: Option<VerificationType>,
        request: &PageRequest,
    ) -> Result<Page<Verification>, StoreError> {
        if status == Some(VerificationStatus::Pending) {
            return self.waiting_verifications(r#type, request).await;
        }
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
        if let Some(r#type) = r#type {
            walk = walk.filter(
                "#type = :type",
                &[("#type", "type")],
                vec![(":type", s(r#type.as_str()))],
            );
        }
        let page = self.page(&walk, request, None).await?;
        let rows = page.rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(Page { rows, total: page.total, next: page.next })
    }

    /// The decided verification whose images are due for removal; `None` when they are not, since the
    /// index may lag behind the table.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn verification_due(
        &self,
        due: &Key,
        now: Timestamp,
    ) -> Result<Option<Verification>, StoreError> {
        let found = self.get(&self.names.operations, due, "reading a verification").await?;
        let Some(item) = found else { return Ok(None) };
        let planned = item
            .get("dueAt")
            .and_then(|at| at.as_s().ok())
            .and_then(|at| at.parse::<Timestamp>().ok());
        if planned.is_none_or(|at| at > now) { Ok(None) } else { read(item).map(Some) }
    }

    /// Removes every version of each image of a verification.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn erase_images(&self, of: &Verification) -> Result<(), StoreError> {
        let prefix = verification::prefix(of.user_id, of.id);
        self.erase_objects(&self.names.files, &prefix).await.map(drop)
    }
}

impl Transaction {
    /// Notes that the images of a verification are removed, unless another run did.
    ///
    /// # Errors
    /// `Unreadable` when the change cannot be built.
    pub fn images_removed(&mut self, due: &Key, now: Timestamp) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        let condition = Condition::expression("attribute_exists(pk) AND dueKind = :kind")
            .value(":kind", s(RETENTION))
            .value(":now", s(now.to_string()))
            .value(":one", AttributeValue::N("1".to_owned()))
            .name("#version", "version");
        self.update(
            Conflict::Verification,
            &table,
            due,
            "SET imagesRemovedAt = :now, #version = #version + :one REMOVE dueKind, dueAt",
            condition,
        )
    }
}
