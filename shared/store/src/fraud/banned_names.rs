//! Banned names: finds banned accounts with the same name as a user, either the display name or the
//! first and last name.
//!
//! The index `users-by-name` has banned accounts by their display name. So a banned account also
//! leaves a marker under its first and last name; the account behind the marker is checked when the marker is
//! found, since bans are lifted and names change. The marker names its user as its subject, so an
//! erasure of the user finds and removes it.

use std::collections::BTreeSet;

use aws_lc_rs::digest::{SHA256, digest};
use provost_domain::{User, UserId, text};
use serde::Serialize;

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Key, encode, s},
    records,
    sightings::{self, MAX, count},
    transaction::Condition,
    walk::Walk,
};

/// The name is stored as a digest, to avoid a second copy of it.
fn partition(name_key: &str) -> String {
    format!("NAMESAKE#{}", hex::encode(digest(&SHA256, name_key.as_bytes())))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Mark {
    subject_id: UserId,
}

/// A first name alone is too common to be a match.
fn is_distinctive(name_key: &str) -> bool {
    name_key.contains(' ')
}

impl Transaction {
    /// Marks the first and last name of a banned account; does nothing for any other account, or
    /// for a name that equals the display name.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub(crate) fn mark_banned_name(&mut self, user: &User) -> Result<(), StoreError> {
        let name = user.legal_name_key();
        if !user.is_banned() || !is_distinctive(&name) || name == user.name_key() {
            return Ok(());
        }
        let table = self.store().names().operations.clone();
        let key = Key::new(partition(&name), format!("BANNED#{}", user.user_id));
        self.put(
            Conflict::BannedName,
            &table,
            encode("a banned name", &key, &Mark { subject_id: user.user_id })?,
            Condition::none(),
        )
    }
}

impl Store {
    /// How many other banned accounts have one of this account's names.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn users_with_banned_name(&self, user: &User) -> Result<u32, StoreError> {
        let names = BTreeSet::from([user.name(), user.legal_name()]);
        // Names that were not saved since the normal form changed are stored in the earlier form.
        let forms: BTreeSet<_> = names
            .iter()
            .flat_map(|name| text::folds(name).into_iter().map(|form| (text::fold(name), form)))
            .collect();
        let mut found = BTreeSet::new();
        for (name, form) in forms.iter().filter(|(name, _)| is_distinctive(name)) {
            found.extend(self.banned_as(name, form).await?);
        }
        found.remove(&user.user_id);
        Ok(count(found.len()))
    }

    /// The banned accounts with this name, stored in this form.
    async fn banned_as(&self, name: &str, form: &str) -> Result<Vec<UserId>, StoreError> {
        let shown =
            Walk::of_index(&self.names.accounts, "users-by-name", "directory", "users", "nameKey")
                .between("nameKey", form, form)
                .filter(
                    "#status = :suspended AND #suspension.#kind = :ban",
                    &[("#status", "status"), ("#suspension", "suspension"), ("#kind", "kind")],
                    vec![(":suspended", s("suspended")), (":ban", s("ban"))],
                );
        let (items, _, _) = self.step(&shown, None, Some(MAX), true).await?;
        let mut banned: Vec<UserId> =
            items.iter().filter_map(|item| sightings::text(item, "userId").parse().ok()).collect();
        let (marks, _, _) = self
            .step(&Walk::of_table(&self.names.operations, partition(form)), None, Some(MAX), true)
            .await?;
        let marked: Vec<Key> = marks
            .iter()
            .filter_map(|mark| sightings::text(mark, "subjectId").parse().ok())
            .map(records::key)
            .collect();
        if !marked.is_empty() {
            let people = self.batch_get(&self.names.accounts, marked, true).await?;
            // One unreadable account must not prevent the scan of others.
            let still = people.into_iter().filter_map(|item| records::read(item).ok());
            banned.extend(
                still
                    .filter(|person| person.is_banned() && person.legal_name_key() == name)
                    .map(|person| person.user_id),
            );
        }
        Ok(banned)
    }
}
