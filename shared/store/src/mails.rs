//! Mails: one item for each letter, in its reader's partition, so that exporting and erasing a person finds them; an index lists them newest first for staff.

use provost_domain::{
    Email, MessageId, Timestamp, UserId,
    mail::{Mail, MailStatus, Template},
    page::{Page, PageRequest},
};
use serde::{Deserialize, Serialize};

use crate::{
    Store, StoreError, Transaction,
    item::{Item, Key, decode, encode, s},
    principals::{self, partition},
    transaction::Condition,
    walk::Walk,
};

/// The prefix of the sort key.
pub const PREFIX: &str = "MAIL#";
/// The one partition of the index `mails-by-newest`.
const MAILBOX: &str = "mail";
/// The label of a letter's write.
const LETTER: &str = "mail";
/// The label of the demand on its reader.
const READER: &str = "reader";

/// Where a letter stands.
pub fn key(user: UserId, id: MessageId) -> Key {
    Key::new(partition(user), format!("{PREFIX}{id}"))
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    #[serde(flatten)]
    mail: Mail,
    mailbox: String,
    held_until: Timestamp,
}

/// What came of claiming a letter for sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claimed {
    /// It is the caller's to send until the time given.
    Yes,
    /// Another run is sending it right now.
    ByAnother,
    /// It has left, or never will.
    Ended,
    /// Its reader is gone or past the point of no return.
    ReaderGone,
}

/// Which letters of the log are wanted.
#[derive(Debug, Clone, Default)]
pub struct MailFilter {
    /// With this status.
    pub status: Option<MailStatus>,
    /// Written by this template.
    pub template: Option<Template>,
    /// To this address.
    pub to: Option<Email>,
    /// Written at or after this time.
    pub since: Option<Timestamp>,
}

impl Transaction {
    /// Writes a letter down with the change that it announces, free to be claimed: for one that goes to an address which the change takes away.
    ///
    /// # Errors
    /// `Unreadable` when it has no form as an item.
    pub fn queue_mail(&mut self, user: UserId, mail: &Mail) -> Result<(), StoreError> {
        let stored = Stored { mail: mail.clone(), mailbox: MAILBOX.to_owned(), held_until: mail.created_at };
        let (item, table) = (encode("a mail", &key(user, mail.id), &stored)?, self.store().names().accounts.clone());
        self.put(LETTER, &table, item, Condition::absent())
    }
}

impl Store {
    /// Writes a letter down before it is sent, and claims it until `held_until`. A letter that an earlier run left unsent is claimed anew once its time is up.
    ///
    /// The write demands that its reader exists and is not being erased, so nothing is written behind the back of an erasure.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn claim_mail(&self, user: UserId, mail: &Mail, now: Timestamp, held_until: Timestamp) -> Result<Claimed, StoreError> {
        let accounts = &self.names.accounts;
        let stored = Stored { mail: mail.clone(), mailbox: MAILBOX.to_owned(), held_until };
        let mut tx = self.transaction();
        tx.put(LETTER, accounts, encode("a mail", &key(user, mail.id), &stored)?, Condition::absent())?;
        let stays = Condition::expression("attribute_exists(pk) AND (attribute_not_exists(#deletion) OR #deletion.#executing = :no)");
        let stays = stays
            .name("#deletion", "deletion")
            .name("#executing", "executing")
            .value(":no", aws_sdk_dynamodb::types::AttributeValue::Bool(false));
        tx.check(READER, accounts, &principals::key(user), stays)?;
        match tx.commit().await {
            Ok(()) => Ok(Claimed::Yes),
            Err(error) if error.conflict() == Some(READER) => Ok(Claimed::ReaderGone),
            Err(error) if error.conflict() == Some(LETTER) => self.take_over(user, mail, now, held_until).await,
            Err(error) => Err(error),
        }
    }

    /// A letter that was written down with the change that it announces; nothing for one that is written down when it is sent.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn queued_mail(&self, user: UserId, id: MessageId) -> Result<Option<Mail>, StoreError> {
        let found = self.get(&self.names.accounts, &key(user, id), "reading a mail").await?;
        found.map(|item| decode("a mail", item)).transpose()
    }

    async fn take_over(&self, user: UserId, mail: &Mail, now: Timestamp, held_until: Timestamp) -> Result<Claimed, StoreError> {
        let id = mail.id;
        let found = self.get(&self.names.accounts, &key(user, id), "reading a mail").await?;
        let Some(item) = found else { return Ok(Claimed::ReaderGone) };
        let stored: Stored = decode("a mail", item)?;
        if stored.mail.status != MailStatus::Queued {
            return Ok(Claimed::Ended);
        }
        if now < stored.held_until {
            return Ok(Claimed::ByAnother);
        }
        let unchanged = Condition::expression("#held = :seen AND #status = :queued")
            .name("#held", "heldUntil")
            .name("#status", "status")
            .value(":seen", s(stored.held_until.to_string()))
            .value(":queued", s("queued"))
            .value(":until", s(held_until.to_string()));
        let mut tx = self.transaction();
        match &mail.body {
            Some(body) => {
                let unchanged = unchanged.name("#body", "body").value(":body", s(body));
                tx.update(LETTER, &self.names.accounts, &key(user, id), "SET #held = :until, #body = :body", unchanged)?;
            }
            None => tx.update(LETTER, &self.names.accounts, &key(user, id), "SET #held = :until", unchanged)?,
        }
        match tx.commit().await {
            Ok(()) => Ok(Claimed::Yes),
            Err(error) if error.conflict().is_some() => Ok(Claimed::ByAnother),
            Err(error) => Err(error),
        }
    }

    /// Gives a claimed letter back unsent: the next run may send it at once.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn release_mail(&self, user: UserId, id: MessageId, now: Timestamp) -> Result<(), StoreError> {
        let there = Condition::expression("attribute_exists(pk)").name("#held", "heldUntil").value(":now", s(now.to_string()));
        self.change_mail(user, id, "SET #held = :now", there).await
    }

    /// Notes that the transport took a letter, and under which id.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn mail_sent(&self, user: UserId, id: MessageId, transport_id: Option<&str>, now: Timestamp) -> Result<(), StoreError> {
        let there = Condition::expression("attribute_exists(pk)")
            .name("#status", "status")
            .value(":sent", s("sent"))
            .value(":now", s(now.to_string()));
        match transport_id {
            Some(transport) => {
                self.change_mail(user, id, "SET #status = :sent, sentAt = :now, transportId = :id", there.value(":id", s(transport))).await
            }
            None => self.change_mail(user, id, "SET #status = :sent, sentAt = :now", there).await,
        }
    }

    /// Notes that the transport will never take a letter, and why.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn mail_failed(&self, user: UserId, id: MessageId, why: &str) -> Result<(), StoreError> {
        let there = Condition::expression("attribute_exists(pk)")
            .name("#status", "status")
            .name("#error", "error")
            .value(":failed", s("failed"))
            .value(":why", s(why));
        self.change_mail(user, id, "SET #status = :failed, #error = :why", there).await
    }

    /// A letter whose reader was erased in the meantime is not made anew by a note about it.
    async fn change_mail(&self, user: UserId, id: MessageId, update: &'static str, there: Condition) -> Result<(), StoreError> {
        let mut tx = self.transaction();
        tx.update(LETTER, &self.names.accounts, &key(user, id), update, there)?;
        match tx.commit().await {
            Err(error) if error.conflict().is_some() => Ok(()),
            outcome => outcome,
        }
    }

    /// A page of the mail log, newest first, with whom each letter was for.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn mails(&self, filter: &MailFilter, request: &PageRequest) -> Result<Page<(UserId, Mail)>, StoreError> {
        let mut walk = Walk::of_index(&self.names.accounts, "mails-by-newest", "mailbox", MAILBOX, "createdAt").backward();
        if let Some(since) = filter.since {
            walk = walk.between("createdAt", since.to_string(), "~");
        }
        if let Some(status) = filter.status {
            walk = walk.filter("#status = :status", &[("#status", "status")], vec![(":status", word(&status))]);
        }
        if let Some(template) = filter.template {
            walk = walk.filter("#template = :template", &[("#template", "template")], vec![(":template", s(template.as_str()))]);
        }
        if let Some(to) = &filter.to {
            walk = walk.filter("#to = :to", &[("#to", "to")], vec![(":to", s(to.as_str()))]);
        }
        let page = self.page(&walk, request, None).await?;
        let rows = page.rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(Page { rows, total: page.total, next: page.next })
    }
}

/// A status as the item spells it.
fn word(status: &MailStatus) -> aws_sdk_dynamodb::types::AttributeValue {
    s(match status {
        MailStatus::Queued => "queued",
        MailStatus::Sent => "sent",
        MailStatus::Failed => "failed",
        MailStatus::Bounced => "bounced",
        MailStatus::Complained => "complained",
    })
}

fn read(item: Item) -> Result<(UserId, Mail), StoreError> {
    let owner = item.get("pk").and_then(|pk| pk.as_s().ok()).and_then(|pk| pk.strip_prefix("USER#")).and_then(|id| id.parse().ok());
    let owner = owner.ok_or_else(|| StoreError::unreadable("a mail", "it stands in nobody's partition"))?;
    Ok((owner, decode("a mail", item)?))
}
