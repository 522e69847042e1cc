//! `provost figures rebuild`: equal to what happened, whatever the counters were before.

use std::collections::BTreeMap;

use jiff::civil::Date;
use provost::figures_rebuild::{Rebuild, rebuilt};
use provost_domain::{
    AuditId, MessageId, Timestamp,
    analytics::{Metric, interval},
    audit::{Actor, Changes, Entry, Origin, Resource},
    mail::{Mail, Template},
    time::{DAY, MINUTE},
};
use provost_local::Function;
use provost_operations::Op;
use provost_store::{
    item::{Key, n},
    mails::{Claimed, Reader, totals::MailDifference},
};
use provost_testkit::World;

const ACTIONS: [&str; 12] = [
    "user.registered",
    "user.created",
    "user.erased",
    "deletion.requested",
    "export.created",
    "report.filed",
    "content.registered",
    "user.banned",
    "plan.applied",
    "plan.cancelled",
    "content.uploaded",
    "export.downloaded",
];

/// Numbers that look random and are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % most
    }
}

type Oracle = BTreeMap<(Metric, Date, usize), i64>;

/// Writes random events of several days, some of them refused, and counts them.
async fn happen(world: &World, numbers: &mut Numbers, start: Timestamp, events: usize) -> Oracle {
    let mut oracle = Oracle::new();
    for _ in 0..events {
        let at = start.plus(i64::try_from(numbers.below(6 * 96)).unwrap() * 15 * MINUTE);
        let action = ACTIONS[usize::try_from(numbers.below(ACTIONS.len() as u64)).unwrap()];
        let success = numbers.below(4) > 0;
        let entry = Entry {
            id: world.app.id(AuditId::new),
            at,
            actor: Actor::Cli,
            action,
            resource: Resource::Other { kind: "thing", id: "thing_1".to_owned() },
            success,
            reason: None,
            changes: Changes::new(),
            origin: Origin {
                ip: None,
                user_agent: None,
                request_id: world.app.request_id(),
                route: "cli".to_owned(),
                api_key: false,
            },
        };
        world.app.store().audit(entry).await.expect("the table responds");
        if let Some(metric) = Metric::of_action(action).filter(|_| success) {
            let (day, quarter) = interval(at);
            *oracle.entry((metric, day, quarter)).or_default() += 1;
        }
    }
    oracle
}

/// The counts that are stored.
async fn counted(world: &World, from: Date, to: Date) -> Oracle {
    let mut found = Oracle::new();
    for metric in Metric::OF_LOG {
        let days = world.app.store().metric_days(metric, from, to).await.expect("readable");
        for (day, counts) in days {
            let counts = counts.into_iter().enumerate().filter(|(_, count)| *count != 0);
            found.extend(counts.map(|(quarter, count)| ((metric, day, quarter), count)));
        }
    }
    found
}

/// Sets a count, as a fault would.
async fn set(world: &World, metric: Metric, day: Date, quarter: usize, count: i64) {
    let key = Key::new(format!("METRIC#{}", metric.as_str()), day.to_string());
    let store = world.app.store();
    store
        .dynamo()
        .update_item()
        .table_name(&store.names().operations)
        .set_key(Some(key.attributes()))
        .update_expression(format!("SET q{quarter:02} = :count"))
        .expression_attribute_values(":count", n(count))
        .send()
        .await
        .expect("the table responds");
}

async fn rebuild(world: &World, from: Date, dry_run: bool) -> Result<String, String> {
    let op = Op::system(&world.app, "test", world.app.request_id());
    let rebuild = Rebuild { from, to: None, dry_run };
    rebuilt(&op, rebuild).await.map_err(|failed| failed.to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn figures_equal_random_events_before_a_fault_and_after_a_rebuild() {
    let world = World::of(|app| {
        vec![Function::worker_over("insights-worker", app, fn_insights_worker::handle)]
    })
    .await;
    let start: Timestamp = "2026-11-01".parse().expect("a time");
    let (from, to) = ("2026-11-01".parse().unwrap(), "2026-11-07".parse().unwrap());
    let mut numbers = Numbers(7);
    let oracle = happen(&world, &mut numbers, start, 300).await;
    world.settle().await;
    assert_eq!(counted(&world, from, to).await, oracle, "the stream counts everything");
    let said = rebuild(&world, from, true).await.expect("a comparison");
    assert!(said.contains("0 counts differ from the 300 entries"), "{said}");

    // Every count of a metric is lost, and others are wrong.
    let mut wrong = 0;
    for (place, (key, count)) in oracle.iter().enumerate() {
        let (metric, day, quarter) = *key;
        if metric == Metric::NewUsers || place % 3 == 0 {
            let other = if place % 2 == 0 { 0 } else { count + 5 };
            set(&world, metric, day, quarter, other).await;
            wrong += 1;
        }
    }
    set(
        &world,
        Metric::Reports,
        from,
        1,
        1 + oracle.get(&(Metric::Reports, from, 1)).unwrap_or(&0),
    )
    .await;
    let before = counted(&world, from, to).await;
    let said = rebuild(&world, from, true).await.expect("a comparison");
    assert_eq!(counted(&world, from, to).await, before, "a dry run corrects nothing");
    assert!(said.contains("counts differ"), "{said}");
    let said = rebuild(&world, from, false).await.expect("a rebuild");
    assert!(said.contains("reports 2026-11-01 00:15 UTC: counted "), "{said}");
    let lines = said.lines().count() - 1;
    assert!((wrong..=wrong + 1).contains(&lines), "{wrong} {said}");
    assert_eq!(counted(&world, from, to).await, oracle);
    let said = rebuild(&world, from, false).await.expect("a second rebuild");
    assert!(said.starts_with("0 counts differed"), "{said}");
    world.settle().await;
}

#[tokio::test]
async fn days_whose_events_may_still_be_counted_are_left_alone() {
    let world = World::of(|_| Vec::new()).await;
    let now = world.app.now();
    let (today, _) = interval(now);
    for days in [0, 1] {
        let (day, _) = interval(now.plus(-days * DAY));
        set(&world, Metric::Exports, day, 3, 9).await;
    }
    let said = rebuild(&world, today.yesterday().unwrap(), false).await.expect("a rebuild");
    assert!(said.starts_with("0 counts differed"), "{said}");
}

#[tokio::test]
async fn the_numbers_of_emails_are_those_of_the_log_after_a_rebuild() {
    let world = World::of(|app| {
        vec![Function::worker_over("insights-worker", app, fn_insights_worker::handle)]
    })
    .await;
    let (store, ada) = (world.app.store(), world.person("ada").await.id);
    let now: Timestamp = "2026-11-02T10:00:00Z".parse().expect("a time");
    for _ in 0..3 {
        let id = world.app.id(MessageId::new);
        let mail = Mail::queued(id, "ada@example.org", Template::Welcome, now);
        let claimed = store.claim_mail(Reader::Person(ada), &mail, now, now).await;
        assert_eq!(claimed.expect("the table responds"), Claimed::Yes);
    }
    world.settle().await;
    let numbers = async || store.mail_days("2026-11-01", "2026-11-09").await.expect("numbers");
    let counted = numbers().await;
    assert_eq!(counted["2026-11-02"]["queued welcome"], 3);
    let wrong = MailDifference {
        day: "2026-11-02".to_owned(),
        cell: "queued welcome".to_owned(),
        counted: 3,
        in_log: 7,
    };
    let mut tx = world.app.transaction();
    tx.correct_mail_number(&wrong).expect("a change");
    tx.commit().await.expect("the table responds");
    let from = "2026-11-01".parse().unwrap();
    let said = rebuild(&world, from, true).await.expect("a comparison");
    assert!(said.contains("emails 2026-11-02 queued welcome: counted 7, in the log 3"), "{said}");
    rebuild(&world, from, false).await.expect("a rebuild");
    assert_eq!(numbers().await, counted);
    world.settle().await;
}
