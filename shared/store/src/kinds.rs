//! Every kind of item that stands in a person's partition: what of it goes into an export, and what becomes of it at erasure. A kind that is not listed here fails the tests of
//! both, so nothing of a person can be forgotten by either.

use provost_domain::export::Category;

/// What an export does with a kind of item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Export {
    /// It is written into the file of this category.
    Category(Category),
    /// It is left out, for this reason.
    LeftOut(&'static str),
}

/// What an erasure does with a kind of item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erasure {
    /// It is removed with the partition.
    Removed,
    /// It is removed after everything else, since the erasure itself reads it until then.
    RemovedLast,
}

/// One kind of item in the partition `USER#…` of the table `accounts`.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// How its sort key begins; one that ends with `#` has many items, any other is the whole sort key.
    pub sort: &'static str,
    /// What it is, in a few words; the receipt of an erasure counts under this name.
    pub name: &'static str,
    /// What an export does with it.
    pub export: Export,
    /// What an erasure does with it.
    pub erasure: Erasure,
}

const fn kind(sort: &'static str, name: &'static str, export: Export) -> Kind {
    Kind { sort, name, export, erasure: Erasure::Removed }
}

/// Every kind there is.
pub const KINDS: &[Kind] = &[
    Kind { sort: "PRINCIPAL", name: "account", export: Export::Category(Category::Profile), erasure: Erasure::RemovedLast },
    kind("PROFILE", "profile", Export::Category(Category::Profile)),
    kind(
        "CREDENTIAL",
        "credential",
        Export::LeftOut("It holds the password's hash, which helps nobody but whoever wants to guess the password."),
    ),
    kind("SIGNIN#", "signIns", Export::Category(Category::LoginHistory)),
    kind("APIKEY#", "apiKeys", Export::Category(Category::ApiKeys)),
    kind("SSHKEY#", "sshKeys", Export::Category(Category::SshKeys)),
    kind(
        "SECONDFACTOR",
        "secondFactor",
        Export::LeftOut(
            "It holds the secret that the codes are made from and the digests of recovery codes, which help nobody but whoever wants to sign in.",
        ),
    ),
    kind("NOTIFICATION#", "notifications", Export::Category(Category::Notifications)),
    kind("MAIL#", "mails", Export::Category(Category::Mail)),
    kind("FILE#", "files", Export::Category(Category::Files)),
    kind("NOTE#", "notes", Export::Category(Category::Notes)),
    kind("AWARD#", "grants", Export::Category(Category::Grants)),
    kind("CONTRIBUTOR", "contributorProfile", Export::Category(Category::Contributions)),
    kind("SUBSCRIPTION#", "subscriptions", Export::Category(Category::Billing)),
    kind("PAYMENT#", "payments", Export::Category(Category::Billing)),
    kind("DOCUMENT#", "documents", Export::Category(Category::Documents)),
    kind(
        "VERIFYING#",
        "verificationLocks",
        Export::LeftOut("It says only that a verification waits, which the list of verifications says too."),
    ),
    kind("EXPORTLOCK", "exportLock", Export::LeftOut("It says only that an export is under way, which the list of requests says too.")),
    kind(
        "EXPORTASKED",
        "exportAsked",
        Export::LeftOut("It says only when an export was last asked for, which the list of requests says too."),
    ),
];

/// The kind of an item by its sort key.
pub fn kind_of(sort: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| if kind.sort.ends_with('#') { sort.starts_with(kind.sort) } else { sort == kind.sort })
}

/// The kinds of one category.
pub fn kinds_in(category: Category) -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().filter(move |kind| kind.export == Export::Category(category))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sort_key_has_one_kind_at_most() {
        assert_eq!(kind_of("SIGNIN#ses_1").map(|kind| kind.name), Some("signIns"));
        assert_eq!(kind_of("PROFILE").map(|kind| kind.name), Some("profile"));
        assert!(kind_of("PROFILES").is_none());
        assert!(kind_of("SIGNIN").is_none());
        for kind in KINDS {
            assert_eq!(KINDS.iter().filter(|other| kind.sort.starts_with(other.sort)).count(), 1, "{}", kind.sort);
        }
    }
}
