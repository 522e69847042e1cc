//! Request units: the cost of each route, by the tests' own meter, compared with its minimum;
//! `infra/tables.md` has the figures and every access pattern behind them.

mod account;
mod budgets;
mod organisation;
mod staff;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use ::base64::{Engine, engine::general_purpose::STANDARD};
use provost_domain::BuiltInRole;
use provost_testkit::{Reply, Roles, Spent, World};
use serde_json::Value;

use crate::artefact;
use budgets::BUDGETS;

/// Changes without an entry in the audit log: recorded in the sign-in history, a notification, the
/// log of emails, or the visits of a link.
const UNAUDITED: &[&str] = &[
    "POST /api/mailbox/notifications/{id}/read",
    "POST /api/sessions/login",
    "POST /api/sessions/refresh",
    "POST /api/users/forgot-password",
    "POST /share/{token}",
];

/// A world that counts requests.
pub struct Metered<'w> {
    world: &'w World,
    rows: BTreeMap<&'static str, Spent>,
}

impl Metered<'_> {
    /// Sends one request and records its cost. Pending messages are delivered first, so that no
    /// request of a worker is counted.
    async fn ask(&mut self, route: &'static str, asked: impl Future<Output = Reply>) -> Value {
        self.world.interceptor.reset();
        let reply = asked.await;
        let spent = self.world.interceptor.spent();
        assert!(
            reply.status.is_success() || reply.status.is_redirection(),
            "{route} returned {}: {}",
            reply.status,
            reply.text()
        );
        self.rows.insert(route, spent);
        if reply.text().starts_with(['{', '[']) { reply.json() } else { Value::Null }
    }
}

fn id(body: &Value) -> String {
    body["id"].as_str().unwrap_or_else(|| panic!("no id in {body}")).to_owned()
}

fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_stays_within_its_budget() {
    let world = crate::world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    for n in 0..109 {
        world.person(&format!("person{n:03}")).await;
    }
    let mut metered = Metered { world: &world, rows: BTreeMap::new() };
    account::measure(&mut metered).await;
    organisation::measure(&mut metered, &root).await;
    staff::measure(&mut metered, &root).await;

    let mut table = String::from(
        "| route | requests | read units | write units | of indexes, at most |\n|---|---|---|---|---|\n",
    );
    let (mut over, mut unknown) = (Vec::new(), String::new());
    for (route, spent) in &metered.rows {
        let figures = (spent.requests(), spent.reads, spent.writes);
        let _ = writeln!(
            table,
            "| `{route}` | {} | {} | {} | {} |",
            figures.0, figures.1, figures.2, spent.index_writes
        );
        let Some((_, requests, reads, writes)) = BUDGETS.iter().find(|(name, ..)| name == route)
        else {
            let _ = writeln!(
                unknown,
                "    (\"{route}\", {}, {:.1}, {:.1}),",
                figures.0, figures.1, figures.2
            );
            continue;
        };
        if spent.requests() > *requests || spent.reads > reads * 1.1 || spent.writes > writes * 1.1
        {
            over.push(format!(
                "{route}: {} requests, {} read and {} write units: {:?}",
                figures.0, figures.1, figures.2, spent.patterns
            ));
        }
    }
    assert!(
        unknown.is_empty(),
        "no budget: add these to units/budgets.rs once you know that they are the minimum:\n{unknown}"
    );
    assert!(over.is_empty(), "over budget:\n{}", over.join("\n"));
    let idle: Vec<_> = BUDGETS
        .iter()
        .map(|(name, ..)| name)
        .filter(|name| !metered.rows.contains_key(*name))
        .collect();
    assert!(idle.is_empty(), "budgets that nothing measures: {idle:?}");
    let unmeasured: Vec<_> = provost::tables()
        .into_iter()
        .flat_map(|function| function.rows)
        .map(|row| format!("{} {}", row.method, row.path))
        .filter(|route| {
            !metered.rows.keys().any(|measured| measured.split(" (").next() == Some(route.as_str()))
        })
        .collect();
    assert!(
        unmeasured.is_empty(),
        "routes without a measurement; call each once in units/: {unmeasured:#?}"
    );
    let roles = Roles::read();
    let mut missing = BTreeSet::new();
    for function in provost::tables() {
        for row in &function.rows {
            let route = format!("{} {}", row.method, row.path);
            let measured = metered
                .rows
                .iter()
                .filter(|(name, _)| name.split(" (").next() == Some(route.as_str()));
            missing.extend(
                roles.lacking(function.function, measured.flat_map(|(_, spent)| &spent.rights)),
            );
        }
    }
    assert!(
        missing.is_empty(),
        "permissions that the roles in template.yaml lack:\n{}",
        missing.into_iter().collect::<Vec<_>>().join("\n")
    );
    let silent: Vec<_> = metered
        .rows
        .iter()
        .filter(|(route, spent)| {
            !route.starts_with("GET ")
                && !spent.patterns.iter().any(|pattern| pattern.starts_with("write audit"))
        })
        .map(|(route, _)| *route)
        .collect();
    assert_eq!(
        silent, UNAUDITED,
        "a change without an audit entry; either write one, or add the reason to UNAUDITED"
    );
    artefact::compare_block("infra/tables.md", "request units", &table);

    let patterns: BTreeSet<_> =
        metered.rows.values().flat_map(|spent| spent.patterns.iter().cloned()).collect();
    let text = patterns.into_iter().map(|pattern| format!("    {pattern}\n")).collect::<String>();
    artefact::compare_block("infra/tables.md", "access patterns", &text);
}
