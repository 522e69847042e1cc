//! The email log: one item for each email, in its recipient's partition, so that the export and the
//! erasure of a user find it; an index lists emails newest first for staff. An email to an external
//! invitee is stored under the digest of the address, as the invitation's address entry is, and TTL
//! removes it together with the invitation.

pub mod suppressions;

use provost_domain::{
    Email, MessageId, Timestamp, UserId,
    mail::{BounceType, Feedback, Mail, MailStatus, Template},
    organisation_invite::{Invite, REMEMBERED},
    page::{Page, PageRequest},
};
use serde::{Deserialize, Serialize};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Item, Key, decode, encode, n, s},
    organisation_invites::{self, address_key},
    principals::{self, partition},
    transaction::Condition,
    walk::Walk,
};

/// The prefix of the sort key.
pub const PREFIX: &str = "MAIL#";
/// The one partition of the index `mails-by-newest`.
const MAILBOX: &str = "mail";

/// The key of an email to a user.
pub fn key(user: UserId, id: MessageId) -> Key {
    Key::new(partition(user), format!("{PREFIX}{id}"))
}

/// The recipient of an email.
#[derive(Debug, Clone, Copy)]
pub enum Reader<'a> {
    /// A user with an account.
    Person(UserId),
    /// An external invitee, who has this invitation and no account.
    Invited(&'a Invite),
}

impl Reader<'_> {
    fn key(self, id: MessageId) -> Key {
        match self {
            Self::Person(user) => key(user, id),
            Self::Invited(invite) => stranger_key(&invite.address_key, id),
        }
    }

    /// Requires that the recipient may still get emails: a user exists and is not being erased; an
    /// invitation waits for its answer.
    fn check(self, tx: &mut Transaction) -> Result<(), StoreError> {
        let (accounts, organisations) =
            (tx.store().names().accounts.clone(), tx.store().names().organisations.clone());
        match self {
            Self::Person(user) => {
                let stays =
                    Condition::expression("attribute_exists(pk) AND (attribute_not_exists(#deletion) OR #deletion.#executing = :no)")
                        .name("#deletion", "deletion")
                        .name("#executing", "executing")
                        .value(":no", aws_sdk_dynamodb::types::AttributeValue::Bool(false));
                tx.check(Conflict::Recipient, &accounts, &principals::key(user), stays)
            }
            Self::Invited(invite) => {
                let waits = Condition::equals("status", s("pending"));
                tx.check(
                    Conflict::Recipient,
                    &organisations,
                    &organisation_invites::key(invite.organisation_id, invite.id),
                    waits,
                )
            }
        }
    }

    /// When TTL removes the email: never for a user with an account; with the invitation otherwise.
    fn ends(self) -> Option<i64> {
        match self {
            Self::Person(_) => None,
            Self::Invited(invite) => Some(invite.expires_at.plus(REMEMBERED).seconds()),
        }
    }
}

/// The key of an email to an address without an account, by the address's digest.
pub(crate) fn stranger_key(address: &str, id: MessageId) -> Key {
    Key::new(strangers_partition(address), format!("{PREFIX}{id}"))
}

/// The partition of the emails to an address without an account, by the address's digest.
fn strangers_partition(address: &str) -> String {
    format!("ADDRESS#{address}")
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    #[serde(flatten)]
    mail: Mail,
    mailbox: String,
    held_until: Timestamp,
}

/// The result of claiming an email for sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claimed {
    /// Claimed: only the caller may send it until the given time.
    Yes,
    /// Another run is sending it right now.
    ByAnother,
    /// It was sent, or never will be.
    Ended,
    /// Its recipient is gone or past the point of no return.
    ReaderGone,
    /// Its address is suppressed.
    Suppressed,
}

/// A filter for the email log.
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
    /// Stores an email in the transaction of the change that it announces, free to be claimed: for
    /// an email to an address that the change removes.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn queue_mail(&mut self, user: UserId, mail: &Mail) -> Result<(), StoreError> {
        let stored =
            Stored { mail: mail.clone(), mailbox: MAILBOX.to_owned(), held_until: mail.created_at };
        let (item, table) = (
            encode("a mail", &key(user, mail.id), &stored)?,
            self.store().names().accounts.clone(),
        );
        self.put(Conflict::MailLog, &table, item, Condition::absent())
    }

    /// Changes the status of an email as the transport reports. The condition fails for a report
    /// that is already known, or that is less final than what is known.
    pub(crate) fn report_mail(
        &mut self,
        key: &Key,
        event: Feedback,
        bounce: Option<BounceType>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        // Sent, or sent but not yet recorded.
        let on_its_way = "#status IN (:queued, :sent)";
        let (status, kind, condition) = match (event, bounce) {
            (Feedback::Complaint, _) => (
                "complained",
                None,
                Condition::expression("#status IN (:queued, :sent, :bounced)")
                    .value(":bounced", s("bounced")),
            ),
            (Feedback::Reject, _) => ("failed", None, Condition::expression(on_its_way)),
            (Feedback::Bounce, Some(BounceType::Permanent)) => (
                "bounced",
                Some("Permanent"),
                Condition::expression(
                    "#status IN (:queued, :sent) OR (#status = :status AND #bounce <> :bounce)",
                ),
            ),
            (Feedback::Bounce, Some(BounceType::Transient)) => {
                ("bounced", Some("Transient"), Condition::expression(on_its_way))
            }
            (Feedback::Bounce, _) => {
                ("bounced", Some("Undetermined"), Condition::expression(on_its_way))
            }
        };
        let condition = condition
            .name("#status", "status")
            .name("#reported", "reportedAt")
            .value(":status", s(status))
            .value(":now", s(now.to_string()))
            .value(":queued", s("queued"))
            .value(":sent", s("sent"));
        match kind {
            Some(kind) => {
                let condition = condition.name("#bounce", "bounceType").value(":bounce", s(kind));
                self.update(
                    Conflict::MailLog,
                    &table,
                    key,
                    "SET #status = :status, #reported = :now, #bounce = :bounce",
                    condition,
                )
            }
            None => self.update(
                Conflict::MailLog,
                &table,
                key,
                "SET #status = :status, #reported = :now",
                condition,
            ),
        }
    }
}

impl Store {
    /// Stores an email before it is sent, and claims it until `held_until`. An email that an
    /// earlier run did not send is claimed again once that claim has expired.
    ///
    /// The write requires that the recipient exists and is not being erased, so nothing is stored
    /// during an erasure.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn claim_mail(
        &self,
        reader: Reader<'_>,
        mail: &Mail,
        now: Timestamp,
        held_until: Timestamp,
    ) -> Result<Claimed, StoreError> {
        let mut tx = self.transaction();
        tx.put(
            Conflict::MailLog,
            &self.names.accounts,
            new_item(reader, mail, held_until)?,
            Condition::absent(),
        )?;
        reader.check(&mut tx)?;
        tx.check_not_suppressed(&mail.to, now)?;
        match tx.commit().await {
            Ok(()) => Ok(Claimed::Yes),
            Err(error) if error.conflict() == Some(Conflict::Recipient) => Ok(Claimed::ReaderGone),
            Err(error) if error.conflict() == Some(Conflict::MailLog) => {
                self.take_over(reader, mail, now, held_until).await
            }
            Err(error) if error.conflict() == Some(Conflict::Suppressed) => Ok(Claimed::Suppressed),
            Err(error) => Err(error),
        }
    }

    /// Stores an email that is not going to be sent.
    ///
    /// # Errors
    /// `Conflict` when it is already stored or its recipient is gone; `Unavailable`, `Unreadable`.
    pub(crate) async fn write_mail(
        &self,
        reader: Reader<'_>,
        mail: &Mail,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.transaction();
        tx.put(
            Conflict::MailLog,
            &self.names.accounts,
            new_item(reader, mail, now)?,
            Condition::absent(),
        )?;
        reader.check(&mut tx)?;
        tx.commit().await
    }

    /// An email that was stored with the change that it announces; `None` for an email that is
    /// stored when it is sent.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn queued_mail(
        &self,
        user: UserId,
        id: MessageId,
    ) -> Result<Option<Mail>, StoreError> {
        let found = self.get(&self.names.accounts, &key(user, id), "reading a mail").await?;
        found.map(|item| decode("a mail", item)).transpose()
    }

    async fn take_over(
        &self,
        reader: Reader<'_>,
        mail: &Mail,
        now: Timestamp,
        held_until: Timestamp,
    ) -> Result<Claimed, StoreError> {
        let id = mail.id;
        let found = self.get(&self.names.accounts, &reader.key(id), "reading a mail").await?;
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
                tx.update(
                    Conflict::MailLog,
                    &self.names.accounts,
                    &reader.key(id),
                    "SET #held = :until, #body = :body",
                    unchanged,
                )?;
            }
            None => tx.update(
                Conflict::MailLog,
                &self.names.accounts,
                &reader.key(id),
                "SET #held = :until",
                unchanged,
            )?,
        }
        tx.check_not_suppressed(&mail.to, now)?;
        match tx.commit().await {
            Ok(()) => Ok(Claimed::Yes),
            Err(error) if error.conflict() == Some(Conflict::Suppressed) => Ok(Claimed::Suppressed),
            Err(error) if error.conflict().is_some() => Ok(Claimed::ByAnother),
            Err(error) => Err(error),
        }
    }

    /// Releases a claimed email unsent: the next run may send it immediately.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn release_mail(
        &self,
        reader: Reader<'_>,
        id: MessageId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let there = Condition::expression("attribute_exists(pk)")
            .name("#held", "heldUntil")
            .value(":now", s(now.to_string()));
        self.change_mail(reader, id, "SET #held = :now", there).await
    }

    /// Records that the transport accepted an email, and its id there. A bounce may have been
    /// reported before that: its status stays.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn mail_sent(
        &self,
        reader: Reader<'_>,
        id: MessageId,
        transport_id: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let accepted = |condition: Condition| {
            let condition = condition.value(":now", s(now.to_string()));
            match transport_id {
                Some(transport) => condition.value(":id", s(transport)),
                None => condition,
            }
        };
        let (first, late) = match transport_id {
            Some(_) => (
                "SET #eq = :sent, sentAt = :now, transportId = :id",
                "SET sentAt = :now, transportId = :id",
            ),
            None => ("SET #eq = :sent, sentAt = :now", "SET sentAt = :now"),
        };
        let mut tx = self.transaction();
        let waits = accepted(Condition::equals("status", s("queued"))).value(":sent", s("sent"));
        tx.update(Conflict::MailLog, &self.names.accounts, &reader.key(id), first, waits)?;
        match tx.commit().await {
            Err(error) if error.conflict() == Some(Conflict::MailLog) => {
                self.change_mail(reader, id, late, accepted(Condition::present())).await
            }
            outcome => outcome,
        }
    }

    /// Records that the transport will never accept an email, and why.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn mail_failed(
        &self,
        reader: Reader<'_>,
        id: MessageId,
        why: &str,
    ) -> Result<(), StoreError> {
        let there = Condition::expression("attribute_exists(pk)")
            .name("#status", "status")
            .name("#error", "error")
            .value(":failed", s("failed"))
            .value(":why", s(why));
        self.change_mail(reader, id, "SET #status = :failed, #error = :why", there).await
    }

    /// Does not recreate an email whose recipient was erased in the meantime.
    async fn change_mail(
        &self,
        reader: Reader<'_>,
        id: MessageId,
        update: &'static str,
        there: Condition,
    ) -> Result<(), StoreError> {
        let mut tx = self.transaction();
        tx.update(Conflict::MailLog, &self.names.accounts, &reader.key(id), update, there)?;
        match tx.commit().await {
            Err(error) if error.conflict().is_some() => Ok(()),
            outcome => outcome,
        }
    }

    /// Removes every email that an address received while it had no account.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn forget_emails(&self, address: &Email) -> Result<(), StoreError> {
        let place = strangers_partition(&address_key(address));
        let walk = Walk::of_table(&self.names.accounts, place.clone()).beginning("sk", PREFIX);
        let mut after = None;
        loop {
            let (items, next) = self.next_items(&walk, after.take()).await?;
            for sort in items.iter().filter_map(|item| item.get("sk")?.as_s().ok()) {
                let mut tx = self.transaction();
                tx.delete(
                    Conflict::MailLog,
                    &self.names.accounts,
                    &Key::new(place.clone(), sort.clone()),
                    Condition::none(),
                )?;
                tx.commit().await?;
            }
            match next {
                Some(next) => after = Some(next),
                None => return Ok(()),
            }
        }
    }

    /// A page of the email log, newest first, with the recipient of each email; `None` when the
    /// address had no account.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn mails(
        &self,
        filter: &MailFilter,
        request: &PageRequest,
    ) -> Result<Page<(Option<UserId>, Mail)>, StoreError> {
        let mut walk = Walk::of_index(
            &self.names.accounts,
            "mails-by-newest",
            "mailbox",
            MAILBOX,
            "createdAt",
        )
        .backward();
        if let Some(since) = filter.since {
            walk = walk.between("createdAt", since.to_string(), "~");
        }
        if let Some(status) = filter.status {
            walk = walk.filter(
                "#status = :status",
                &[("#status", "status")],
                vec![(":status", word(&status))],
            );
        }
        if let Some(template) = filter.template {
            walk = walk.filter(
                "#template = :template",
                &[("#template", "template")],
                vec![(":template", s(template.as_str()))],
            );
        }
        if let Some(to) = &filter.to {
            walk = walk.filter("#to = :to", &[("#to", "to")], vec![(":to", s(to.as_str()))]);
        }
        let page = self.page(&walk, request, None).await?;
        let rows = page.rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(Page { rows, total: page.total, next: page.next })
    }
}

/// An email's item, with its expiry if it has one.
fn new_item(reader: Reader<'_>, mail: &Mail, held_until: Timestamp) -> Result<Item, StoreError> {
    let stored = Stored { mail: mail.clone(), mailbox: MAILBOX.to_owned(), held_until };
    let mut item = encode("a mail", &reader.key(mail.id), &stored)?;
    if let Some(ends) = reader.ends() {
        item.insert("ttl".to_owned(), n(ends));
    }
    Ok(item)
}

/// A status as stored in the item.
fn word(status: &MailStatus) -> aws_sdk_dynamodb::types::AttributeValue {
    s(match status {
        MailStatus::Queued => "queued",
        MailStatus::Sent => "sent",
        MailStatus::Failed => "failed",
        MailStatus::Bounced => "bounced",
        MailStatus::Complained => "complained",
    })
}

fn read(item: Item) -> Result<(Option<UserId>, Mail), StoreError> {
    let place =
        item.get("pk").and_then(|pk| pk.as_s().ok()).map(String::as_str).unwrap_or_default();
    let reader = match place.split_once('#') {
        Some(("USER", id)) => Some(
            id.parse().map_err(|_| StoreError::unreadable("a mail", "its partition is unknown"))?,
        ),
        Some(("ADDRESS", _)) => None,
        _ => return Err(StoreError::unreadable("a mail", "its partition is unknown")),
    };
    Ok((reader, decode("a mail", item)?))
}
