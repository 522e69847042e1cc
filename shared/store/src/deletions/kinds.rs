//! Every kind of item in a user's partition, or about a user in the table `operations` and in their
//! organisations, with its treatment by an export and by an erasure. A kind that is not listed here
//! fails the tests of both, so neither can miss any of a user's data.

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
    /// The prefix of its sort key; one that ends with `#` has many items, any other is the complete
    /// sort key.
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

/// Every kind.
pub const KINDS: &[Kind] = &[
    Kind {
        sort: "PRINCIPAL",
        name: "account",
        export: Export::Category(Category::Profile),
        erasure: Erasure::RemovedLast,
    },
    kind("PROFILE", "profile", Export::Category(Category::Profile)),
    kind(
        "CREDENTIAL",
        "credential",
        Export::LeftOut(
            "It holds the hash of the password, which would only help someone who guesses passwords.",
        ),
    ),
    kind("SIGNIN#", "signIns", Export::Category(Category::LoginHistory)),
    kind("ACTIVE#", "activeDays", Export::Category(Category::LoginHistory)),
    kind("APIKEY#", "apiKeys", Export::Category(Category::ApiKeys)),
    kind("SSHKEY#", "sshKeys", Export::Category(Category::SshKeys)),
    kind("VIEW#", "savedViews", Export::Category(Category::SavedViews)),
    kind(
        "SECONDFACTOR",
        "secondFactor",
        Export::LeftOut(
            "It holds the secret of the one-time codes and the digests of recovery codes, which would only help someone else sign in.",
        ),
    ),
    kind("NOTIFICATION#", "notifications", Export::Category(Category::Notifications)),
    kind("MAIL#", "mails", Export::Category(Category::Mail)),
    kind("MAILPREFERENCES", "mailPreferences", Export::Category(Category::Mail)),
    kind("FILE#", "files", Export::Category(Category::Files)),
    kind("NOTE#", "notes", Export::Category(Category::Notes)),
    kind("AWARD#", "grants", Export::Category(Category::Grants)),
    kind("ENROLLMENT#", "enrollments", Export::Category(Category::Enrollments)),
    kind("CONTRIBUTOR", "contributorProfile", Export::Category(Category::Contributions)),
    kind("SUBSCRIPTION#", "subscriptions", Export::Category(Category::Billing)),
    kind("PAYMENT#", "payments", Export::Category(Category::Billing)),
    kind("CHARGE#", "charges", Export::Category(Category::Billing)),
    kind("BILLINGCUSTOMER", "customer", Export::Category(Category::Billing)),
    kind(
        "HANDOVER",
        "handover",
        Export::LeftOut(
            "It says only that a link to the credentials of a bucket was sent, and whether it was used.",
        ),
    ),
    kind(
        "CUSTOMERINTENT",
        "customer",
        Export::LeftOut(
            "It says only that a customer is being created at Stripe; the customer is exported itself.",
        ),
    ),
    kind(
        "CHECKOUT#",
        "checkouts",
        Export::LeftOut(
            "It says only that a checkout was started; the subscription that came of it is exported itself.",
        ),
    ),
    kind("DOCUMENT#", "documents", Export::Category(Category::Documents)),
    kind(
        "VERIFYING#",
        "verificationLocks",
        Export::LeftOut(
            "It says only that a verification waits, which the list of verifications says too.",
        ),
    ),
    kind("REPORT#", "reportsFiled", Export::Category(Category::Reports)),
    kind(
        "REPORTING#",
        "reportLocks",
        Export::LeftOut("It says only that a report is open, which the list of reports says too."),
    ),
    kind(
        "APPLYING#",
        "applicationLocks",
        Export::LeftOut(
            "It says only that an application waits, which the list of applications says too.",
        ),
    ),
    kind(
        "UPLOADS",
        "uploadWindows",
        Export::LeftOut(
            "It says only for some minutes that an upload may be under way; what was uploaded is exported itself.",
        ),
    ),
    kind(
        "FORMER#",
        "formerAddresses",
        Export::LeftOut(
            "It names for some weeks an address that the account had, only so that an erasure takes invitations to it along.",
        ),
    ),
    kind(
        "EXPORTLOCK",
        "exportLock",
        Export::LeftOut(
            "It says only that an export is under way, which the list of requests says too.",
        ),
    ),
    kind(
        "EXPORTASKED",
        "exportAsked",
        Export::LeftOut(
            "It says only when an export was last asked for, which the list of requests says too.",
        ),
    ),
];

/// A kind of item about a user that is outside their partition.
#[derive(Debug, Clone, Copy)]
pub struct Outside {
    /// The prefix of its key: of the partition in the table `operations`, of the sort key in an
    /// organisation's partition. One that ends with `#` has many items, any other is the complete
    /// key.
    pub key: &'static str,
    /// What it is, in a few words; the receipt of an erasure counts items in `operations` under
    /// this name.
    pub name: &'static str,
    /// What an export does with it.
    pub export: Export,
}

const fn outside(key: &'static str, name: &'static str, export: Export) -> Outside {
    Outside { key, name, export }
}

/// Every kind of item about a user in the table `operations`, found by the index `by-subject`.
pub const OPERATIONS: &[Outside] = &[
    outside("EXPORT#", "exports", Export::Category(Category::Requests)),
    outside("LINK#", "shareLinks", Export::Category(Category::Requests)),
    outside("DELETION#", "earlierDeletionRequests", Export::Category(Category::Requests)),
    outside("VERIFICATION#", "verifications", Export::Category(Category::Verifications)),
    outside("REPORT#", "reports", Export::Category(Category::Reports)),
    outside("APPLICATION#", "applications", Export::Category(Category::Applications)),
    outside("ALERT#", "fraudAlerts", Export::Category(Category::FraudAlerts)),
    outside(
        "ALERTOF#",
        "fraudAlerts",
        Export::LeftOut(
            "It says only which alert is the latest, which the list of alerts says too.",
        ),
    ),
    outside(
        "TRACE#",
        "traces",
        Export::LeftOut(
            "It is a digest of where the account was seen or of how it is reached, which the list of sign-ins and the profile say in words.",
        ),
    ),
    outside(
        "NAMESAKE#",
        "bannedNames",
        Export::LeftOut(
            "It is a digest of the name that the account had while it was banned, which the profile says in words.",
        ),
    ),
    outside(
        "IMPERSONATION#",
        "impersonations",
        Export::LeftOut(
            "It says that staff acted as the user, which the list of sign-ins and the audit entries say too.",
        ),
    ),
    outside("CONTENT#", "content", Export::Category(Category::Files)),
    outside(
        "EVIDENCE#",
        "evidence",
        Export::LeftOut(
            "It is a copy of a file that was reported; the file is exported itself, and who reported it is not the user's to know.",
        ),
    ),
    outside(
        "SUSPENSION#",
        "plannedWork",
        Export::LeftOut("It says only when a suspension ends, which the profile says too."),
    ),
    outside(
        "AWARDEND#",
        "plannedWork",
        Export::LeftOut("It says only when a grant ends, which the list of grants says too."),
    ),
];

/// Every kind of item in the partition of an organisation. All belong to a user who is the only
/// member; in an organisation with other members, only the membership does.
pub const ORGANISATIONS: &[Outside] = &[
    outside("ORGANISATION", "organisations", Export::Category(Category::Organisations)),
    outside("MEMBER#", "memberships", Export::Category(Category::Organisations)),
    outside("SERVER#", "servers", Export::Category(Category::Organisations)),
    outside("NODE#", "nodes", Export::Category(Category::Organisations)),
    outside("ZONE#", "zones", Export::Category(Category::Organisations)),
    outside(
        "ZONENAME#",
        "zoneNames",
        Export::LeftOut("It says only which zone has a name, which the zones say too."),
    ),
    outside("RECORD#", "records", Export::Category(Category::Organisations)),
    outside(
        "NAME#",
        "names",
        Export::LeftOut("It says only which records stand at a name, which the records say too."),
    ),
    outside("COUNTERS", "counters", Export::LeftOut("It only counts what is exported one by one.")),
    outside(
        "INVITE#",
        "invites",
        Export::LeftOut(
            "It names the address of another person; an invitation to the user is found by the user's address.",
        ),
    ),
    outside(
        "ACTIVITY#",
        "activity",
        Export::LeftOut(
            "It names members by pseudonym only; what the person did or was done to them is in the audit log.",
        ),
    ),
    outside(
        "ACTIVITIES",
        "activityCount",
        Export::LeftOut("It only counts what the activity tells."),
    ),
];

fn begins(key: &str, kind: &str) -> bool {
    if kind.ends_with('#') { key.starts_with(kind) } else { key == kind }
}

/// The kind of an item about a user in the table `operations`, by its partition.
pub fn operation_of(partition: &str) -> Option<&'static Outside> {
    OPERATIONS.iter().find(|kind| begins(partition, kind.key))
}

/// The kind of an item in an organisation's partition, by its sort key.
pub fn organisation_item_of(sort: &str) -> Option<&'static Outside> {
    ORGANISATIONS.iter().find(|kind| begins(sort, kind.key))
}

/// The kind of an item by its sort key.
pub fn kind_of(sort: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| begins(sort, kind.sort))
}

/// The kinds of one category.
pub fn kinds_in(category: Category) -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().filter(move |kind| kind.export == Export::Category(category))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sort_key_has_at_most_one_kind() {
        assert_eq!(kind_of("SIGNIN#ses_1").map(|kind| kind.name), Some("signIns"));
        assert_eq!(kind_of("PROFILE").map(|kind| kind.name), Some("profile"));
        assert!(kind_of("PROFILES").is_none());
        assert!(kind_of("SIGNIN").is_none());
        for kind in KINDS {
            assert_eq!(
                KINDS.iter().filter(|other| kind.sort.starts_with(other.sort)).count(),
                1,
                "{}",
                kind.sort
            );
        }
    }
}
