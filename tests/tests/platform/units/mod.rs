//! Request units: the cost of each route, by the tests' own meter, compared with its minimum;
//! `infra/tables.md` has the figures and every access pattern behind them.

mod budgets;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use provost_testkit::{Reply, Roles, Spent, World};

use crate::{
    artefact,
    story::{Observer, Sent, Story},
};
use budgets::{BUDGETS, INDEX_WRITES};

/// Changes without an entry in the audit log: recorded in the sign-in history, a notification, the
/// log of emails, or the visits of a link.
const UNAUDITED: &[&str] = &[
    // A plan changes nobody; the job that carries it out has an entry.
    "DELETE /v1/users/bulk/delete (dry run)",
    // It renders; the test email that it may send has an entry.
    "POST /api/admin/emails/templates/{name}/preview",
    // A test changes nothing but the count of its limit.
    "POST /api/admin/integrations/test",
    "POST /api/admin/storage/buckets/{id}/test",
    "POST /api/admin/storage/test",
    "POST /api/mailbox/notifications/{id}/read",
    "POST /api/sessions/login",
    "POST /api/sessions/refresh",
    "POST /api/users/forgot-password",
    "POST /share/{token}",
    // Nothing changes for a user who exists.
    "POST /v1/system/users/get-or-create (existing)",
    // A plan; its execution has entries.
    "POST /v1/users/bulk/import",
    // A plan, as above.
    "POST /v1/users/bulk/update",
];

/// Counts what each request costs.
#[derive(Default)]
struct Meter {
    rows: BTreeMap<String, Spent>,
}

impl Observer for Meter {
    /// Examples show short pages. The meter asks for whole ones.
    fn omits(&self) -> &'static [&'static str] {
        &["limit"]
    }

    fn before(&mut self, world: &World) {
        world.interceptor.reset();
    }

    fn after(&mut self, world: &World, sent: Sent, _: &Reply) {
        let spent = world.interceptor.spent();
        let name = match sent.variant {
            "" => sent.route,
            variant => format!("{} ({variant})", sent.route),
        };
        self.rows.insert(name, spent);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_stays_within_its_budget() {
    let world = crate::world().await;
    for n in 0..109 {
        world.person(&format!("person{n:03}")).await;
    }
    let mut metered = Meter::default();
    Story::tell(&world, &mut metered).await;

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
    for (route, most) in INDEX_WRITES {
        let spent = metered.rows[*route].index_writes;
        assert!(spent <= *most, "{route}: {spent} write units of indexes");
    }
    let idle: Vec<_> = BUDGETS
        .iter()
        .map(|(name, ..)| *name)
        .filter(|name| !metered.rows.contains_key(*name))
        .collect();
    assert!(idle.is_empty(), "budgets that nothing measures: {idle:?}");
    let unmeasured: Vec<_> = crate::api_tables()
        .into_iter()
        .flat_map(|function| function.rows)
        .map(|row| format!("{} {}", row.method, row.path))
        .filter(|route| {
            !metered.rows.keys().any(|measured| measured.split(" (").next() == Some(route.as_str()))
        })
        .collect();
    assert!(
        unmeasured.is_empty(),
        "routes without a measurement; call each once in story/: {unmeasured:#?}"
    );
    let roles = Roles::read();
    let mut missing = BTreeSet::new();
    for function in crate::api_tables() {
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
        .map(|(route, _)| route.as_str())
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
