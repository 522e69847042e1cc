//! Request units: what each route costs, by our own meter, against its budget; `infra/tables.md` shows the figures and every access pattern behind them.

use std::{collections::BTreeMap, fmt::Write};

use provost_domain::{BuiltInRole, time::DAY};
use provost_testkit::{Reply, Spent, World, people::PASSWORD};
use serde_json::{Value, json};

use crate::artefact;

/// The most that a route may take: requests, read units, write units of the tables. Each contains the one read that decides.
const BUDGETS: &[(&str, usize, f64, f64)] = &[
    ("GET /api/users/me", 2, 2.0, 0.0),
    ("GET /api/users/{id} (staff)", 2, 3.0, 0.0),
    ("PUT /api/users/{id}", 3, 2.0, 8.0),
    ("POST /api/users/register", 3, 1.0, 20.0),
    ("POST /api/sessions/login", 4, 7.0, 4.0),
    ("POST /api/sessions/refresh", 2, 1.0, 2.0),
    ("POST /api/sessions/logout", 2, 1.0, 4.0),
    ("GET /api/sessions/{userId} (three)", 2, 4.0, 0.0),
    ("POST /api/apikeys", 2, 1.0, 6.0),
    ("GET /api/apikeys/my", 2, 2.0, 0.0),
    ("DELETE /api/apikeys/{id}", 2, 1.0, 6.0),
    ("GET /api/admin/users", 3, 5.0, 0.0),
    ("GET /api/admin/users?page=2", 3, 5.0, 0.0),
    ("POST /api/admin/users/{id}/ban", 2, 2.0, 6.0),
    ("DELETE /api/admin/users/{id}/ban", 2, 2.0, 6.0),
    ("PATCH /api/admin/users/{id}/role", 2, 2.0, 4.0),
    ("GET /api/admin/users/{id}/sessions", 3, 4.0, 0.0),
    ("POST /api/admin/users/{id}/export-job", 4, 3.0, 12.0),
    ("GET /api/admin/export-jobs/{id}", 2, 2.0, 0.0),
    ("POST /api/admin/export-jobs/{id}/share-link", 4, 3.0, 6.0),
    ("GET /share/{token}", 1, 1.0, 0.0),
    ("POST /share/{token}", 1, 0.0, 1.0),
    ("GET /api/admin/export-jobs/{id}/download", 4, 3.0, 1.0),
    ("POST /api/users/me/deletion-request", 5, 4.0, 8.0),
    ("POST /api/admin/deletions/{id}/expedite", 4, 3.0, 8.0),
];

struct Metered<'w> {
    world: &'w World,
    rows: BTreeMap<&'static str, Spent>,
}

impl Metered<'_> {
    /// Asks once and notes what it cost.
    async fn ask(&mut self, route: &'static str, asked: impl Future<Output = Reply>) -> Value {
        self.world.seam.reset();
        let reply = asked.await;
        let spent = self.world.seam.spent();
        assert!(reply.status.is_success() || reply.status.is_redirection(), "{route} answered {}: {}", reply.status, reply.text());
        self.rows.insert(route, spent);
        reply.json()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_stays_within_its_budget() {
    let world = crate::world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    for n in 0..109 {
        world.person(&format!("person{n:03}")).await;
    }
    let ada = world.person("ada").await;
    let bob = world.person("bob").await;
    world.edit(ada.id, |principal| principal.known_devices.push("unknown/unknown/unknown".into())).await;
    let mut metered = Metered { world: &world, rows: BTreeMap::new() };
    let anyone = world.anyone();

    metered.ask("GET /api/users/me", ada.get("/api/users/me")).await;
    metered.ask("GET /api/users/{id} (staff)", root.get(&format!("/api/users/{}", ada.id))).await;
    metered.ask("PUT /api/users/{id}", ada.put("/api/users/me", json!({"firstName": "Augusta"}))).await;
    metered
        .ask(
            "POST /api/users/register",
            anyone.post(
                "/api/users/register",
                json!({"email": "new@example.org", "password": PASSWORD, "firstName": "New", "lastName": "Person"}),
            ),
        )
        .await;
    // A person with one session: each further one adds a hundred bytes, and beyond 1 KiB a write of the principal costs one unit more, two in a transaction.
    let key = metered.ask("POST /api/apikeys", ada.post("/api/apikeys", json!({"name": "deploy"}))).await;
    metered.ask("GET /api/apikeys/my", ada.get("/api/apikeys/my")).await;
    metered.ask("DELETE /api/apikeys/{id}", ada.delete(&format!("/api/apikeys/{}", key["id"].as_str().expect("an id")))).await;
    // The second sign-in, from a device that is known, is the usual one.
    anyone.post("/api/sessions/login", json!({"email": ada.email, "password": PASSWORD})).await.ok();
    let session = metered
        .ask("POST /api/sessions/login", anyone.post("/api/sessions/login", json!({"email": ada.email, "password": PASSWORD})))
        .await;
    metered.ask("POST /api/sessions/refresh", anyone.post("/api/sessions/refresh", json!({"refreshToken": session["refreshToken"]}))).await;
    metered.ask("GET /api/sessions/{userId} (three)", ada.get(&format!("/api/sessions/{}", ada.id))).await;
    let second = ada.with_token(session["accessToken"].as_str().expect("a token"));
    metered.ask("POST /api/sessions/logout", second.post("/api/sessions/logout", json!({}))).await;
    metered.ask("GET /api/admin/users", root.get("/api/admin/users")).await;
    metered.ask("GET /api/admin/users?page=2", root.get("/api/admin/users?page=2&limit=25")).await;
    metered.ask("GET /api/admin/users/{id}/sessions", root.get(&format!("/api/admin/users/{}/sessions", ada.id))).await;
    metered
        .ask(
            "POST /api/admin/users/{id}/ban",
            root.post(&format!("/api/admin/users/{}/ban", bob.id), json!({"type": "permanent", "reason": "spam"})),
        )
        .await;
    metered
        .ask("DELETE /api/admin/users/{id}/ban", root.delete_with(&format!("/api/admin/users/{}/ban", bob.id), json!({"reason": "appeal"})))
        .await;
    metered
        .ask(
            "PATCH /api/admin/users/{id}/role",
            root.patch(&format!("/api/admin/users/{}/role", bob.id), json!({"role": "staff", "reason": "joined"})),
        )
        .await;
    let job = metered
        .ask(
            "POST /api/admin/users/{id}/export-job",
            root.post(&format!("/api/admin/users/{}/export-job", ada.id), json!({"reason": "asked"})),
        )
        .await;
    world.settle().await;
    let job = job["id"].as_str().expect("an id").to_owned();
    metered.ask("GET /api/admin/export-jobs/{id}", root.get(&format!("/api/admin/export-jobs/{job}"))).await;
    metered.ask("GET /api/admin/export-jobs/{id}/download", root.get(&format!("/api/admin/export-jobs/{job}/download"))).await;
    let link = metered
        .ask("POST /api/admin/export-jobs/{id}/share-link", root.post(&format!("/api/admin/export-jobs/{job}/share-link"), json!({})))
        .await;
    let path = link["url"].as_str().and_then(|url| url.strip_prefix("https://provost.example")).expect("our address").to_owned();
    metered.ask("GET /share/{token}", anyone.with_header("accept", "application/json").get(&path)).await;
    metered.ask("POST /share/{token}", anyone.post(&path, json!({}))).await;
    let request = metered.ask("POST /api/users/me/deletion-request", ada.post("/api/users/me/deletion-request", json!({}))).await;
    let deletion = request["id"].as_str().expect("an id").to_owned();
    world.advance(DAY / 1000);
    metered
        .ask(
            "POST /api/admin/deletions/{id}/expedite",
            root.post(&format!("/api/admin/deletions/{deletion}/expedite"), json!({"reason": "asked"})),
        )
        .await;

    let mut over = Vec::new();
    let mut table = String::from("| route | requests | read units | write units | of indexes, at most |\n|---|---|---|---|---|\n");
    for (route, requests, reads, writes) in BUDGETS {
        let spent = metered.rows.get(route).unwrap_or_else(|| panic!("{route} has a budget and is not measured"));
        let _ = writeln!(table, "| `{route}` | {} | {} | {} | {} |", spent.requests(), spent.reads, spent.writes, spent.index_writes);
        if spent.requests() > *requests || spent.reads > reads * 1.1 || spent.writes > writes * 1.1 {
            over.push(format!("{route}: {spent:?}"));
        }
    }
    assert!(over.is_empty(), "over budget:\n{}", over.join("\n"));
    artefact::compare_block("infra/tables.md", "request units", &table);

    let patterns: std::collections::BTreeSet<_> = metered.rows.values().flat_map(|spent| spent.patterns.iter().cloned()).collect();
    let text = patterns.into_iter().map(|pattern| format!("    {pattern}\n")).collect::<String>();
    artefact::compare_block("infra/tables.md", "access patterns", &text);
}
