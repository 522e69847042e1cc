//! Many users of every role and status, and a reference implementation that finds them by checking
//! each one.

use std::collections::BTreeSet;

use provost_domain::{
    BuiltInRole, Pseudonym, Status, Timestamp, User, UserId,
    time::{DAY, HOUR},
    user::{PendingDeletion, Suspension, SuspensionKind},
};
use provost_testkit::{Someone, World};
use serde_json::Value;

/// The number of users besides the caller.
pub const PEOPLE: usize = 150;

const FIRST: [&str; 6] = ["Ada", "Adele", "Grace", "Ädna", "Linus", "ada"];
const LAST: [&str; 5] = ["Lovelace", "Lo", "Hopper", "Torvalds", "da Silva"];

/// Creates the users and returns all users in the table, including the caller.
pub async fn gather(world: &World, asker: &Someone<'_>) -> Vec<User> {
    let now = world.app.now();
    let pattern = world.user(asker.id).await.expect("the caller's account exists");
    let mut everybody = vec![pattern.clone()];
    for n in 0..PEOPLE {
        let user = world.app.id(UserId::new);
        let i = n as i64;
        let mut person = User {
            user_id: user,
            unique_id: format!("CROWD{n:04}"),
            pseudonym: world.app.id(Pseudonym::new),
            email: format!(
                "{}{n}@crowd{}.example",
                ["ada", "grace", "usr", "l.torvalds"][n % 4],
                n % 3
            )
            .parse()
            .expect("an address"),
            first_name: FIRST[n % 6].to_owned(),
            last_name: LAST[n % 5].to_owned(),
            role: BuiltInRole::ALL[(n / 3) % 4],
            sessions: Default::default(),
            revision: 0,
            // Some are created in the same millisecond, some never signed in, and many store the
            // same number of bytes.
            created_at: now.plus(-(i / 2) * 7 * HOUR - DAY),
            last_login_at: (n % 5 != 0).then(|| now.plus(-(i * 31 % 97) * HOUR)),
            storage_used: [0, 9, 10, 1 << 33, 1 << 20][n % 5] * (i as u64 % 11),
            ..pattern.clone()
        };
        set_status(&mut person, n, now);
        let mut tx = world.app.transaction();
        tx.create_user(&person).expect("a user");
        tx.commit().await.expect("the user is new");
        everybody.push(person);
    }
    everybody
}

fn set_status(person: &mut User, n: usize, now: Timestamp) {
    let suspension = |kind, end: Option<i64>, before| Suspension {
        id: None,
        kind,
        reason: "spam".to_owned(),
        by: person.pseudonym,
        at: now.plus(-DAY),
        expires_at: end.map(|end| now.plus(end)),
        before,
    };
    let (status, suspension) = match n % 10 {
        0..=2 => (Status::Active, None),
        3 => (Status::Inactive, None),
        4 => (Status::PendingVerification, None),
        5 => (Status::Deleted, None),
        6 => (Status::Suspended, Some(suspension(SuspensionKind::Ban, None, Status::Active))),
        7 => (
            Status::Suspended,
            Some(suspension(
                SuspensionKind::Ban,
                Some([1, 0, -1][n / 10 % 3]),
                [Status::Active, Status::Inactive][n / 10 % 2],
            )),
        ),
        8 => (
            Status::Suspended,
            Some(suspension(
                SuspensionKind::Suspension,
                [None, Some(DAY), Some(-DAY)][n / 10 % 3],
                Status::PendingVerification,
            )),
        ),
        _ => (Status::Active, None),
    };
    if status == Status::Deleted {
        person.deletion = Some(PendingDeletion {
            id: "del_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().expect("an id"),
            due_at: now.plus(DAY),
            before: Status::Active,
            executing: false,
        });
    }
    (person.status, person.suspension) = (status, suspension);
}

/// Whether a user currently has this status, computed from the stored account.
pub fn has_status(person: &User, status: &str, now: Timestamp) -> bool {
    let stopped = person.status == Status::Suspended
        && person.suspension.as_ref().is_some_and(|s| s.expires_at.is_none_or(|end| end > now));
    let kind = person.suspension.as_ref().map(|s| s.kind);
    match status {
        "banned" => stopped && kind == Some(SuspensionKind::Ban),
        "suspended" => stopped && kind == Some(SuspensionKind::Suspension),
        other => {
            let standing = if person.status == Status::Suspended && !stopped {
                person.suspension.as_ref().map(|s| s.before)
            } else {
                Some(person.status)
            };
            standing.is_some_and(|standing| standing.as_str() == other)
        }
    }
}

/// The value that an order compares, as a string that sorts in the same order.
pub fn rank(person: &User, sort: &str) -> String {
    match sort {
        "active" => person.last_login_at.map_or_else(String::new, |at| at.to_string()),
        "storage-usage" => format!("{:020}", person.storage_used),
        _ => person.created_at.to_string(),
    }
}

/// Reads a list to its last page, by page number and by cursor, compares it with the expected
/// users, and returns its length.
pub async fn compare(
    asker: &Someone<'_>,
    everybody: &[User],
    query: &str,
    sort: &str,
    limit: usize,
    belongs: impl Fn(&User) -> bool,
) -> usize {
    let expected: BTreeSet<String> = everybody
        .iter()
        .filter(|person| belongs(person))
        .map(|person| person.user_id.to_string())
        .collect();
    let path = |rest: &str| format!("/api/admin/users?limit={limit}{query}{rest}");
    let by_cursor = follow(asker, &path("")).await;
    let pages = expected.len().div_ceil(limit);
    let mut by_number = Vec::new();
    for page in 1..=pages.max(1) {
        by_number.extend(check(
            &asker.get(&path(&format!("&page={page}"))).await.ok(),
            expected.len(),
            limit,
            query,
        ));
    }
    assert!(
        asker.get(&path(&format!("&page={}", pages + 1))).await.ok()["data"]
            .as_array()
            .is_some_and(Vec::is_empty),
        "{query}: the page after the last one is empty"
    );
    for (way, found) in [("by cursor", &by_cursor.1), ("by number", &by_number)] {
        assert_eq!(found.len(), expected.len(), "{query} {way}: every user once");
        assert_eq!(found.iter().cloned().collect::<BTreeSet<_>>(), expected, "{query} {way}");
        let places: Vec<String> = found
            .iter()
            .map(|id| {
                rank(
                    everybody
                        .iter()
                        .find(|p| p.user_id.to_string() == *id)
                        .expect("a user of this test"),
                    sort,
                )
            })
            .collect();
        assert!(places.is_sorted_by(|earlier, later| earlier >= later), "{query} {way}: in order");
    }
    assert_eq!(by_cursor.0, expected.len(), "{query}");
    assert_eq!(by_cursor.1, by_number, "{query}: both ways return the same list");
    expected.len()
}

fn check(page: &Value, total: usize, limit: usize, query: &str) -> Vec<String> {
    assert_eq!(page["pagination"]["total"], total, "{query}");
    assert_eq!(page["pagination"]["pages"], total.div_ceil(limit), "{query}");
    page["data"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| row["id"].as_str().expect("an id").to_owned())
        .collect()
}

async fn follow(asker: &Someone<'_>, path: &str) -> (usize, Vec<String>) {
    let (mut found, mut page) = (Vec::new(), asker.get(path).await.ok());
    let total = page["pagination"]["total"].as_u64().expect("a total") as usize;
    loop {
        assert_eq!(page["pagination"]["total"], total, "{path}: the total does not change");
        found.extend(
            page["data"]
                .as_array()
                .expect("rows")
                .iter()
                .map(|row| row["id"].as_str().expect("an id").to_owned()),
        );
        let Some(cursor) = page["pagination"]["nextCursor"].as_str() else { return (total, found) };
        page = asker.get(&format!("{path}&cursor={cursor}")).await.ok();
    }
}
