//! Emails that are stored with the change that they announce, and what the transport reports.

use provost_domain::{
    MessageId, Timestamp, UserId,
    mail::{BounceType, Feedback, Mail},
};

use super::{MAILBOX, Stored, key};
use crate::{
    Conflict, StoreError, Transaction,
    item::{Key, encode, s},
    stats::Counter,
    transaction::Condition,
};

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
        id: MessageId,
        key: &Key,
        event: Feedback,
        bounce: Option<BounceType>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        // Sent, or sent but not yet recorded.
        let on_its_way = "#status IN (:queued, :sent, :unconfirmed)";
        let (status, kind, condition) = match (event, bounce) {
            (Feedback::Complaint, _) => (
                "complained",
                None,
                Condition::expression("#status IN (:queued, :sent, :unconfirmed, :bounced)")
                    .value(":bounced", s("bounced")),
            ),
            (Feedback::Reject | Feedback::Unknown(_), _) => {
                ("failed", None, Condition::expression(on_its_way))
            }
            (Feedback::Bounce, Some(BounceType::Permanent)) => (
                "bounced",
                Some("Permanent"),
                Condition::expression(
                    "#status IN (:queued, :sent, :unconfirmed) OR (#status = :status AND #bounce <> :bounce)",
                ),
            ),
            (Feedback::Bounce, Some(BounceType::Transient)) => {
                ("bounced", Some("Transient"), Condition::expression(on_its_way))
            }
            (Feedback::Bounce, _) => {
                ("bounced", Some("Undetermined"), Condition::expression(on_its_way))
            }
        };
        let counter = match event {
            Feedback::Complaint => Counter::Complained,
            Feedback::Bounce => Counter::Bounced,
            Feedback::Reject | Feedback::Unknown(_) => Counter::Rejected,
        };
        let condition = condition
            .name("#status", "status")
            .name("#reported", "reportedAt")
            .value(":status", s(status))
            .value(":now", s(now.to_string()))
            .value(":queued", s("queued"))
            .value(":unconfirmed", s("unconfirmed"))
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
                )?;
            }
            None => self.update(
                Conflict::MailLog,
                &table,
                key,
                "SET #status = :status, #reported = :now",
                condition,
            )?,
        }
        self.count_mail(id, counter, 1, now)
    }

    /// Notes a permanent bounce of an email that its recipient has complained about: the email stays
    /// a complaint in the log and in the counts. Requires that the bounce is not noted yet.
    pub(crate) fn report_bounce_after_complaint(&mut self, key: &Key) -> Result<(), StoreError> {
        let table = self.store().names().accounts.clone();
        let condition = Condition::expression(
            "#status = :complained AND (attribute_not_exists(#bounce) OR #bounce <> :bounce)",
        )
        .name("#status", "status")
        .name("#bounce", "bounceType")
        .value(":complained", s("complained"))
        .value(":bounce", s("Permanent"));
        self.update(Conflict::MailLog, &table, key, "SET #bounce = :bounce", condition)
    }
}
