//! Recipients of emails.

use provost_domain::{
    MessageId, UserId,
    organisation_invite::{Invite, REMEMBERED},
};

use super::{key, stranger_key};
use crate::{
    Conflict, StoreError, Transaction,
    item::{Key, s},
    organisation_invites, records,
    transaction::Condition,
};

/// The recipient of an email.
#[derive(Debug, Clone, Copy)]
pub enum Reader<'a> {
    /// A user with an account.
    Person(UserId),
    /// An external invitee, who has this invitation and no account.
    Invited(&'a Invite),
}

impl Reader<'_> {
    pub(super) fn key(self, id: MessageId) -> Key {
        match self {
            Self::Person(user) => key(user, id),
            Self::Invited(invite) => stranger_key(&invite.address_key, id),
        }
    }

    /// Requires that the recipient may still get emails: a user exists and is not being erased; an
    /// invitation waits for its answer.
    pub(super) fn check(self, tx: &mut Transaction) -> Result<(), StoreError> {
        let (accounts, organisations) =
            (tx.store().names().accounts.clone(), tx.store().names().organisations.clone());
        match self {
            Self::Person(user) => {
                let stays =
                    Condition::expression("attribute_exists(pk) AND (attribute_not_exists(#deletion) OR #deletion.#executing = :no)")
                        .name("#deletion", "deletion")
                        .name("#executing", "executing")
                        .value(":no", aws_sdk_dynamodb::types::AttributeValue::Bool(false));
                tx.check(Conflict::Recipient, &accounts, &records::key(user), stays)
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
    pub(super) fn ends(self) -> Option<i64> {
        match self {
            Self::Person(_) => None,
            Self::Invited(invite) => Some(invite.expires_at.plus(REMEMBERED).seconds()),
        }
    }
}
