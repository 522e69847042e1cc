//! Banned namesakes: which banned accounts bear the name of somebody, be it the name that is shown
//! or the first and last name behind it.
//!
//! The index of users knows only the name that is shown. So a banned account leaves a mark under
//! its first and last name as well; who stands there is looked at again when the mark is found,
//! since bans are lifted and names change. The mark names its person as its subject, so erasing the
//! person finds and removes it.

use std::collections::BTreeSet;

use aws_lc_rs::digest::{SHA256, digest};
use provost_domain::{Principal, UserId, text};
use serde::Serialize;

use crate::{
    Store, StoreError, Transaction,
    item::{Key, encode, s},
    principals,
    sightings::{self, MAX, count},
    transaction::Condition,
    walk::Walk,
};

/// The name is a digest, since it is none of ours to keep twice.
fn partition(name_key: &str) -> String {
    format!("NAMESAKE#{}", hex::encode(digest(&SHA256, name_key.as_bytes())))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Mark {
    subject_id: UserId,
}

/// A first name alone is everybody's.
fn is_telling(name_key: &str) -> bool {
    name_key.contains(' ')
}

impl Transaction {
    /// Marks the first and last name of a banned account; of any other, and of a name that is shown
    /// anyway, nothing.
    ///
    /// # Errors
    /// `Unreadable` when it has no form as an item.
    pub(crate) fn mark_banned_name(&mut self, principal: &Principal) -> Result<(), StoreError> {
        let name = principal.legal_name_key();
        if !principal.is_banned() || !is_telling(&name) || name == principal.name_key() {
            return Ok(());
        }
        let table = self.store().names().operations.clone();
        let key = Key::new(partition(&name), format!("BANNED#{}", principal.user_id));
        self.put(
            "banned name",
            &table,
            encode("a banned name", &key, &Mark { subject_id: principal.user_id })?,
            Condition::none(),
        )
    }
}

impl Store {
    /// How many banned accounts other than this one bear one of its names.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn users_with_banned_name(&self, principal: &Principal) -> Result<u32, StoreError> {
        let names = BTreeSet::from([principal.name(), principal.legal_name()]);
        // Names that nobody saved since the form of names changed are there under the earlier one.
        let forms: BTreeSet<_> = names
            .iter()
            .flat_map(|name| text::folds(name).into_iter().map(|form| (text::fold(name), form)))
            .collect();
        let mut found = BTreeSet::new();
        for (name, form) in forms.iter().filter(|(name, _)| is_telling(name)) {
            found.extend(self.banned_as(name, form).await?);
        }
        found.remove(&principal.user_id);
        Ok(count(found.len()))
    }

    /// The banned accounts that bear this name, stored in this form.
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
            .map(principals::key)
            .collect();
        if !marked.is_empty() {
            let people = self.batch_get(&self.names.accounts, marked, true).await?;
            // One that cannot be read must not keep others from being scanned.
            let still = people.into_iter().filter_map(|item| principals::read(item).ok());
            banned.extend(
                still
                    .filter(|person| person.is_banned() && person.legal_name_key() == name)
                    .map(|person| person.user_id),
            );
        }
        Ok(banned)
    }
}
