//! Emails on their way: claimed by one run, then sent or failed.

use provost_domain::{
    MessageId, Timestamp, User, UserId,
    mail::{Mail, MailStatus},
    notification::Notification,
};

use super::{MAILBOX, Reader, Stored, key};
use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Item, decode, encode, n, s},
    records,
    stats::Counter,
    transaction::Condition,
};

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

/// What an email is for, which decides whether an address still gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// For one user: also sent after a complaint.
    Individual,
    /// For many users: only sent to addresses without a complaint.
    Broadcast,
}

/// The result of claiming an email of a broadcast, which is sent at most once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimedOnce {
    /// Claimed: only the caller may send it, and nobody ever after.
    Yes,
    /// An earlier run claimed it, and this became of it.
    Before(MailStatus),
    /// The user gets no broadcasts: unsubscribed, suppressed or gone.
    LeftOut,
    /// The account has changed since it was read.
    Changed,
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
        tx.check_deliverable(&mail.to, Purpose::Individual, now)?;
        tx.count_mail(mail.id, Counter::Created, 1, now)?;
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

    /// Stores an email of a broadcast before it is sent, unless it is stored already: then an
    /// earlier run sent it, or was stopped while it did, and it is never sent again. The write
    /// requires that the user is as it was read, and gets broadcasts.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn claim_broadcast_mail(
        &self,
        user: &User,
        mail: &Mail,
        now: Timestamp,
    ) -> Result<ClaimedOnce, StoreError> {
        let (id, reader) = (user.user_id, Reader::Person(user.user_id));
        let mut tx = self.transaction();
        let item = new_item(reader, mail, now)?;
        tx.put(Conflict::MailLog, &self.names.accounts, item, Condition::absent())?;
        let unchanged = Condition::equals("version", n(user.version));
        tx.check(Conflict::Recipient, &self.names.accounts, &records::key(id), unchanged)?;
        tx.check_deliverable(&mail.to, Purpose::Broadcast, now)?;
        tx.check_subscribed(id)?;
        tx.count_mail(mail.id, Counter::Created, 1, now)?;
        let conflict = match tx.commit().await {
            Ok(()) => return Ok(ClaimedOnce::Yes),
            Err(error) => error.conflict().ok_or(error)?,
        };
        let Some(earlier) = self.queued_mail(id, mail.id).await? else {
            return Ok(match conflict {
                Conflict::Recipient => ClaimedOnce::Changed,
                _ => ClaimedOnce::LeftOut,
            });
        };
        if earlier.status != MailStatus::Queued {
            return Ok(ClaimedOnce::Before(earlier.status));
        }
        self.mail_unconfirmed(reader, mail.id, now).await?;
        Ok(ClaimedOnce::Before(MailStatus::Unconfirmed))
    }

    /// Records that nobody knows whether the transport accepted an email.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn mail_unconfirmed(
        &self,
        reader: Reader<'_>,
        id: MessageId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let waits = Condition::equals("status", s("queued")).value(":status", s("unconfirmed"));
        let mut tx = self.transaction();
        let (table, key) = (&self.names.accounts, reader.key(id));
        tx.update(Conflict::MailLog, table, &key, "SET #eq = :status", waits)?;
        tx.count_mail(id, Counter::Unconfirmed, 1, now)?;
        unless_gone(tx).await
    }

    /// Takes the claim of an email of a broadcast back, since the transport did not take it: another
    /// run may send it.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn unclaim_broadcast_mail(
        &self,
        user: UserId,
        id: MessageId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let waits = Condition::equals("status", s("queued"));
        let mut tx = self.transaction();
        tx.delete(Conflict::MailLog, &self.names.accounts, &key(user, id), waits)?;
        tx.count_mail(id, Counter::Created, -1, now)?;
        unless_gone(tx).await
    }

    /// Stores an email that is not going to be sent, and a notification that takes its place.
    ///
    /// # Errors
    /// `Conflict` when it is already stored or its recipient is gone; `Unavailable`, `Unreadable`.
    pub(crate) async fn write_mail(
        &self,
        reader: Reader<'_>,
        mail: &Mail,
        notice: Option<&Notification>,
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
        if let (Reader::Person(user), Some(notice)) = (reader, notice) {
            tx.notify(user, notice)?;
        }
        tx.count_unsent_mail(mail.id, now)?;
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
        let unchanged =
            unchanged.name("#subject", "subject").value(":subject", s(mail.subject.clone()));
        let (update, unchanged) = match &mail.body {
            Some(body) => (
                "SET #held = :until, #subject = :subject, #body = :body",
                unchanged.name("#body", "body").value(":body", s(body)),
            ),
            None => ("SET #held = :until, #subject = :subject", unchanged),
        };
        tx.update(Conflict::MailLog, &self.names.accounts, &reader.key(id), update, unchanged)?;
        tx.check_deliverable(&mail.to, Purpose::Individual, now)?;
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
        tx.count_mail(id, Counter::Sent, 1, now)?;
        match tx.commit().await {
            Err(error) if error.conflict() == Some(Conflict::MailLog) => {
                let mut tx = self.transaction();
                let there = accepted(Condition::present());
                tx.update(Conflict::MailLog, &self.names.accounts, &reader.key(id), late, there)?;
                tx.count_mail(id, Counter::Sent, 1, now)?;
                unless_gone(tx).await
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
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let there = Condition::expression("attribute_exists(pk)")
            .name("#status", "status")
            .name("#error", "error")
            .value(":failed", s("failed"))
            .value(":why", s(why));
        let update = "SET #status = :failed, #error = :why";
        let mut tx = self.transaction();
        tx.update(Conflict::MailLog, &self.names.accounts, &reader.key(id), update, there)?;
        tx.count_mail(id, Counter::Failed, 1, now)?;
        unless_gone(tx).await
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
        unless_gone(tx).await
    }
}

/// Writes a change of an email, whose recipient may have been erased in the meantime.
async fn unless_gone(tx: Transaction) -> Result<(), StoreError> {
    match tx.commit().await {
        Err(error) if error.conflict().is_some() => Ok(()),
        outcome => outcome,
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
