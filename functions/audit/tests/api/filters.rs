//! Every filter alone and combined, page by page to the end, against an oracle that checks each
//! entry.

use provost_domain::{
    AuditId, BuiltInRole, RequestId, Timestamp,
    audit::{Actor, Changes, Entry, Origin, Resource},
    time::DAY,
};
use provost_testkit::{Someone, World};
use serde_json::Value;

use crate::{LOGS, world};

/// An entry as the oracle stores it.
struct Written {
    id: String,
    at: Timestamp,
    action: &'static str,
    admin: Option<String>,
    target: Option<String>,
    kind: &'static str,
    resource: String,
    success: bool,
    reason: Option<String>,
    request: String,
}

const ENTRIES: i64 = 140;

/// Writes the entries, two per transaction. With `throttled`, the primary partition of each month
/// has no throughput left after its first entries.
async fn write(world: &World, people: &[provost_domain::User], throttled: bool) -> Vec<Written> {
    let mut written = Vec::new();
    let mut tx = world.app.transaction();
    let first: Timestamp = "2026-01-03T12:00:00Z".parse().expect("a time");
    for n in 0..ENTRIES {
        let i = n as usize;
        // From January to November, some in the same millisecond.
        let at = first.plus(n / 2 * 2 * 2 * DAY + n / 2 * 1000);
        let person = &people[i % people.len()];
        let actor = match i % 7 {
            0 => Actor::Service("billing".to_owned()),
            1 => Actor::System("scheduler"),
            2 => Actor::Cli,
            3 => Actor::Anonymous,
            _ => Actor::User(people[i / 2 % people.len()].subject()),
        };
        let admin = match &actor {
            Actor::User(subject) => Some(subject.user.to_string()),
            Actor::Service(name) => Some(format!("service:{name}")),
            Actor::System(job) => Some(format!("system:{job}")),
            Actor::Cli => Some("cli".to_owned()),
            Actor::Anonymous => Some("anonymous".to_owned()),
            Actor::Impersonator { .. } => None,
        };
        let (resource, kind, id, target) = match i % 3 {
            0 => (
                Resource::User(person.subject()),
                "user",
                person.user_id.to_string(),
                Some(person.user_id.to_string()),
            ),
            1 => (
                Resource::Owned { kind: "export", id: format!("exp_{n}"), owner: person.subject() },
                "export",
                format!("exp_{n}"),
                Some(person.user_id.to_string()),
            ),
            _ => (
                Resource::Other { kind: "setting", id: format!("set_{}", n % 2) },
                "setting",
                format!("set_{}", n % 2),
                None,
            ),
        };
        let entry = Entry {
            id: world.app.id(AuditId::new),
            at,
            actor,
            action: ["user.banned", "export.created", "setting.changed", "user.ban"][i % 4],
            resource,
            success: !i.is_multiple_of(5),
            reason: i.is_multiple_of(2).then(|| format!("Because of case {n}")),
            changes: Changes::new(),
            origin: Origin {
                ip: Some("192.0.2.1".to_owned()),
                user_agent: Some("testkit".to_owned()),
                request_id: world.app.id(RequestId::new),
                route: "POST /x".to_owned(),
                api_key: false,
            },
        };
        written.push(Written {
            id: entry.id.to_string(),
            at,
            action: entry.action,
            admin,
            target,
            kind,
            resource: id,
            success: entry.success,
            reason: entry.reason.clone(),
            request: entry.origin.request_id.to_string(),
        });
        if throttled && n % 10 == 4 {
            world.interceptor.throttle(&provost_store::audit::partition(&at.month()));
        }
        tx.audit(entry).expect("an entry");
        if i % 2 == 1 {
            std::mem::replace(&mut tx, world.app.transaction())
                .commit()
                .await
                .expect("the table responds");
        }
    }
    written
}

async fn compare(
    asker: &Someone<'_>,
    all: &[Written],
    query: &str,
    limit: usize,
    belongs: impl Fn(&Written) -> bool,
) -> usize {
    let mut expected: Vec<&Written> = all.iter().filter(|entry| belongs(entry)).collect();
    expected.sort_by(|a, b| (b.at, &b.id).cmp(&(a.at, &a.id)));
    let expected: Vec<String> = expected.into_iter().map(|entry| entry.id.clone()).collect();
    let ids = |page: &Value| {
        page["data"]
            .as_array()
            .expect("rows")
            .iter()
            .map(|row| row["id"].as_str().expect("an id").to_owned())
            .collect::<Vec<_>>()
    };
    let path = format!("{LOGS}?limit={limit}{query}");
    let (mut by_cursor, mut page) = (Vec::new(), asker.get(&path).await.ok());
    loop {
        assert_eq!(page["pagination"]["total"], expected.len(), "{query}");
        by_cursor.extend(ids(&page));
        let Some(cursor) = page["pagination"]["nextCursor"].as_str() else { break };
        page = asker.get(&format!("{path}&cursor={cursor}")).await.ok();
    }
    assert_eq!(by_cursor, expected, "{query} by cursor");
    let mut by_number = Vec::new();
    for number in 1..=expected.len().div_ceil(limit).max(1) + 1 {
        let page = asker.get(&format!("{path}&page={number}")).await.ok();
        assert_eq!(page["pagination"]["total"], expected.len(), "{query}");
        by_number.extend(ids(&page));
    }
    assert_eq!(by_number, expected, "{query} by number");
    expected.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_filter_matches_across_months() {
    check_every_filter(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_filter_matches_across_the_partitions_of_throttled_months() {
    check_every_filter(true).await;
}

async fn check_every_filter(throttled: bool) {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    let mut people = Vec::new();
    for name in ["ada", "bob", "cyd", "dan"] {
        people.push(world.user(world.person(name).await.id).await.expect("the user exists"));
    }
    let all = write(&world, &people, throttled).await;
    assert_eq!(world.interceptor.refused_writes() > 0, throttled);
    let (ada, bob) = (people[0].user_id.to_string(), people[1].user_id.to_string());
    let (march, july): (Timestamp, Timestamp) =
        ("2026-03-01".parse().expect("a time"), "2026-07-15T12:00:00Z".parse().expect("a time"));
    let moment = all[50].at;

    assert_eq!(compare(&joan, &all, "", 30, |_| true).await, all.len());
    compare(&joan, &all, "&action=user.ban", 7, |e| e.action == "user.ban").await;
    compare(&joan, &all, "&success=false", 7, |e| !e.success).await;
    compare(&joan, &all, "&success=true", 40, |e| e.success).await;
    compare(&joan, &all, "&resourceType=export", 10, |e| e.kind == "export").await;
    compare(&joan, &all, "&resource=setting", 10, |e| e.kind == "setting").await;
    compare(&joan, &all, "&resource=set_1", 5, |e| e.resource == "set_1").await;
    compare(&joan, &all, &format!("&resource={ada}"), 5, |e| e.resource == ada).await;
    compare(&joan, &all, "&from=2026-03-01", 25, |e| e.at >= march).await;
    compare(&joan, &all, "&to=2026-07-15T12:00:00Z", 25, |e| e.at <= july).await;
    assert!(
        compare(&joan, &all, &format!("&from={moment}&to={moment}"), 5, |e| e.at == moment).await
            >= 2,
        "both ends are inclusive"
    );
    assert!(
        compare(&joan, &all, &format!("&from={0}&to={0}", moment.date()), 5, |e| e.at.date()
            == moment.date())
        .await
            >= 2,
        "a bare date is the whole day"
    );
    compare(&joan, &all, "&from=1990-01-01&to=2099-01-01&success=false", 11, |e| !e.success).await;
    assert_eq!(compare(&joan, &all, "&from=2027-01-01", 5, |_| false).await, 0);

    for admin in [
        &ada,
        &bob,
        "service:billing",
        "system:scheduler",
        "cli",
        "anonymous",
        "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "nobody",
    ] {
        compare(&joan, &all, &format!("&admin={admin}"), 6, |e| e.admin.as_deref() == Some(admin))
            .await;
        compare(&joan, &all, &format!("&admin={admin}&from=2026-03-01&success=true"), 4, |e| {
            e.admin.as_deref() == Some(admin) && e.at >= march && e.success
        })
        .await;
        compare(&joan, &all, &format!("&admin={admin}&target={ada}"), 4, |e| {
            e.admin.as_deref() == Some(admin) && e.target.as_deref() == Some(&ada)
        })
        .await;
    }
    for target in [&ada, &bob, "exp_4", "set_0", "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV", "nothing"] {
        let about = |e: &Written| {
            e.target.as_deref() == Some(target)
                || (!target.starts_with("usr_") && e.resource == target)
        };
        compare(&joan, &all, &format!("&target={target}"), 6, about).await;
        compare(
            &joan,
            &all,
            &format!("&target={target}&to=2026-07-15T12:00:00Z&resourceType=export"),
            3,
            |e| about(e) && e.at <= july && e.kind == "export",
        )
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_matches_actions_ids_and_reasons_ignoring_case() {
    check_search(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_covers_all_partitions_of_throttled_months() {
    check_search(true).await;
}

async fn check_search(throttled: bool) {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    let mut people = Vec::new();
    for name in ["ada", "bob", "cyd"] {
        people.push(world.user(world.person(name).await.id).await.expect("the user exists"));
    }
    let all = write(&world, &people, throttled).await;
    let ada = people[0].user_id.to_string();
    let request = all[9].request.clone();
    for text in [
        "case 12",
        "CASE 1",
        "export.created",
        "exp_7",
        "because",
        "nothing of the kind",
        &ada,
        &request,
        &all[3].id,
    ] {
        let lower = text.to_lowercase();
        let mentions = |e: &Written| {
            let holds = |field: &str| field.to_lowercase().contains(&lower);
            // The log shows the plain name of a service or job.
            let admin = e
                .admin
                .as_deref()
                .map(|admin| admin.split_once(':').map_or(admin, |(_, name)| name))
                .filter(|admin| !matches!(*admin, "cli" | "anonymous"));
            [
                Some(e.id.as_str()),
                Some(e.action),
                admin,
                e.target.as_deref(),
                Some(e.kind),
                Some(&e.resource),
                e.reason.as_deref(),
                Some(&e.request),
            ]
            .into_iter()
            .flatten()
            .any(holds)
        };
        let encoded = text.replace(' ', "%20");
        compare(&joan, &all, &format!("&search={encoded}"), 12, mentions).await;
        compare(
            &joan,
            &all,
            &format!("&search={encoded}&success=true&resourceType=export"),
            12,
            |e| mentions(e) && e.success && e.kind == "export",
        )
        .await;
        compare(&joan, &all, &format!("&search={encoded}&target={ada}"), 12, |e| {
            mentions(e) && e.target.as_deref() == Some(&ada)
        })
        .await;
    }
}
