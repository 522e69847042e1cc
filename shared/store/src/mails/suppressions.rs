//! Addresses that rejected an email: one item under the address's digest, which says whether it is
//! suppressed. It contains no address and no user, so that it may outlive an erasure: an address
//! that bounces gets no further email, even when a new user registers with it.

use std::collections::BTreeMap;

use provost_domain::{
    MessageId, Timestamp, UserId,
    mail::{
        AddressRecord, BounceType, Feedback, MAX_SOFT_BOUNCES, Mail, SOFT_BOUNCE_MEMORY,
        SUPPRESSION_LIFE,
    },
    notification::Notification,
};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Key, decode, n, s},
    mails::{self, Purpose},
    organisation_invites::address_digest,
    transaction::Condition,
};

/// The sort key.
const SORT: &str = "SUPPRESSION";

/// Where the record of an address is, by the digest of the address.
fn key(digest: &str) -> Key {
    Key::new(format!("ADDRESS#{digest}"), SORT)
}

/// The result of recording feedback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noted {
    /// The email's status and the address's record were changed together.
    Yes,
    /// It was already known, or a more serious report was.
    Before,
    /// The email is not in the log, as after an erasure. A hard bounce or a complaint suppresses
    /// the address all the same.
    UnknownMail,
}

impl Transaction {
    /// Requires that email for this purpose may be sent to an address.
    pub(crate) fn check_deliverable(
        &mut self,
        address: &str,
        purpose: Purpose,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        let open = match purpose {
            Purpose::Broadcast => Condition::expression(
                "attribute_not_exists(pk) OR #ttl <= :now OR (attribute_not_exists(#reason) AND #soft < :most)",
            ),
            Purpose::Individual => Condition::expression(
                "attribute_not_exists(pk) OR #ttl <= :now OR ((attribute_not_exists(#reason) OR #reason = :complaint) AND #soft < :most)",
            )
            .value(":complaint", s("complaint")),
        };
        let open = open
            .name("#ttl", "ttl")
            .name("#reason", "reason")
            .name("#soft", "softBounces")
            .value(":now", n(now.seconds()))
            .value(":most", n(MAX_SOFT_BOUNCES));
        self.check(Conflict::Suppressed, &table, &key(&address_digest(address)), open)
    }

    /// Deletes what is known about an address, so that email is sent to it again. The label of the
    /// condition that something is known is [`Conflict::AddressRecord`].
    ///
    /// # Errors
    /// `Unreadable` when the write cannot be built.
    pub fn forget_address_record(&mut self, address: &str) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        self.delete(
            Conflict::AddressRecord,
            &table,
            &key(&address_digest(address)),
            Condition::present(),
        )
    }

    /// Writes the effect of a report on the address.
    fn note_address(
        &mut self,
        digest: &str,
        event: Feedback,
        bounce: Option<BounceType>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        let (update, condition, life) = match (event, bounce) {
            (Feedback::Reject | Feedback::Unknown(_), _) => return Ok(()),
            // A bounce is never changed into a complaint, after which some email is still sent.
            (Feedback::Complaint, _) => (
                "SET #reason = :reason, #since = if_not_exists(#since, :now), #soft = if_not_exists(#soft, :none), #ttl = :ttl",
                Condition::expression(
                    "attribute_not_exists(#reason) OR #reason = :reason OR #ttl <= :seconds",
                )
                .value(":reason", s("complaint"))
                .value(":none", n(0))
                .value(":seconds", n(now.seconds())),
                SUPPRESSION_LIFE,
            ),
            (Feedback::Bounce, Some(BounceType::Permanent)) => (
                "SET #reason = :reason, #since = if_not_exists(#since, :now), #soft = if_not_exists(#soft, :none), #ttl = :ttl",
                Condition::default().value(":reason", s("bounce")).value(":none", n(0)),
                SUPPRESSION_LIFE,
            ),
            // A suppression is not shortened by an email that was on its way.
            (Feedback::Bounce, _) => (
                "SET #since = if_not_exists(#since, :now), #ttl = :ttl ADD #soft :one",
                Condition::expression("attribute_not_exists(#reason)").value(":one", n(1)),
                SOFT_BOUNCE_MEMORY,
            ),
        };
        let condition = condition
            .name("#since", "since")
            .name("#soft", "softBounces")
            .name("#ttl", "ttl")
            .name("#reason", "reason");
        let condition =
            condition.value(":now", s(now.to_string())).value(":ttl", n(now.plus(life).seconds()));
        self.update(Conflict::Suppressed, &table, &key(digest), update, condition)
    }
}

impl Store {
    /// Records a bounce, complaint or rejection: the email's status and the address's record in one
    /// transaction. Reports may come twice, late and in any order; a report that is already known
    /// changes nothing.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn note_feedback(
        &self,
        id: MessageId,
        user: Option<UserId>,
        address: &str,
        event: Feedback,
        bounce: Option<BounceType>,
        now: Timestamp,
    ) -> Result<Noted, StoreError> {
        let mail = match user {
            Some(user) => mails::key(user, id),
            None => mails::stranger_key(address, id),
        };
        let mut tx = self.transaction();
        tx.report_mail(id, &mail, event, bounce, now)?;
        tx.note_address(address, event, bounce, now)?;
        match tx.commit().await {
            Ok(()) => return Ok(Noted::Yes),
            Err(error) if error.conflict() == Some(Conflict::Suppressed) => {
                // The address is suppressed already, so only the email is changed.
                let mut tx = self.transaction();
                tx.report_mail(id, &mail, event, bounce, now)?;
                return match tx.commit().await {
                    Ok(()) => Ok(Noted::Yes),
                    Err(error) if error.conflict() == Some(Conflict::MailLog) => Ok(Noted::Before),
                    Err(error) => Err(error),
                };
            }
            Err(error) if error.conflict() != Some(Conflict::MailLog) => return Err(error),
            Err(_) => {}
        }
        let is_hard = event == Feedback::Bounce && bounce == Some(BounceType::Permanent);
        if self.get(&self.names.accounts, &mail, "reading a mail").await?.is_some() {
            if !is_hard {
                return Ok(Noted::Before);
            }
            // A complaint about the same email may have come first; the bounce counts all the same.
            let mut tx = self.transaction();
            tx.report_bounce_after_complaint(&mail)?;
            tx.note_address(address, event, bounce, now)?;
            return match tx.commit().await {
                Ok(()) => Ok(Noted::Yes),
                Err(error) if error.conflict() == Some(Conflict::MailLog) => Ok(Noted::Before),
                Err(error) => Err(error),
            };
        }
        // Without its email a transient bounce could be counted twice.
        if event == Feedback::Complaint || is_hard {
            let mut tx = self.transaction();
            tx.note_address(address, event, bounce, now)?;
            match tx.commit().await {
                Err(error) if error.conflict() != Some(Conflict::Suppressed) => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(Noted::UnknownMail)
    }

    /// Records an email as failed because its address is suppressed, with a notification that takes
    /// its place; an email that was stored before is changed to failed.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn fail_suppressed(
        &self,
        reader: mails::Reader<'_>,
        mail: &Mail,
        notice: Option<&Notification>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        const WHY: &str = "the address is suppressed";
        let failed = Mail {
            status: provost_domain::mail::MailStatus::Failed,
            error: Some(WHY.to_owned()),
            body: None,
            ..mail.clone()
        };
        match self.write_mail(reader, &failed, notice, now).await {
            Err(error) if error.conflict() == Some(Conflict::MailLog) => {
                self.mail_failed(reader, mail.id, WHY, now).await
            }
            Err(error) if error.conflict().is_some() => Ok(()),
            outcome => outcome,
        }
    }

    /// What is known about addresses that rejected an email, by address. Addresses without a record
    /// are left out.
    ///
    /// # Errors
    /// `Unavailable`, `Unreadable`.
    pub async fn address_records(
        &self,
        addresses: impl IntoIterator<Item = &str>,
    ) -> Result<BTreeMap<String, AddressRecord>, StoreError> {
        let by_digest: BTreeMap<_, _> = addresses
            .into_iter()
            .map(|address| (address_digest(address), address.to_owned()))
            .collect();
        let keys = by_digest.keys().map(|digest| key(digest)).collect();
        let mut records = BTreeMap::new();
        for item in self.batch_get(&self.names.accounts, keys, false).await? {
            let place = item
                .get("pk")
                .and_then(|pk| pk.as_s().ok())
                .and_then(|pk| pk.strip_prefix("ADDRESS#"));
            let Some(address) = place.and_then(|digest| by_digest.get(digest)).cloned() else {
                continue;
            };
            records.insert(address, decode("the record of an address", item)?);
        }
        Ok(records)
    }
}
