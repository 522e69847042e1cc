//! The cost of each route: the maximum of requests, read units and write units of the tables,
//! including the read that checks access.

use provost_domain::BuiltInRole;

use crate::common::{Estate, ask, world};

#[tokio::test]
async fn each_route_stays_within_its_budget() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let estate = Estate::of(&world, &ada, &grace, "apex").await;
    // In the order of the routes. Deletions run last, since the other routes need what they delete.
    let budgets = [
        (3, 5.0, 0.0),
        (2, 3.0, 12.0),
        (3, 4.0, 12.0),
        (4, 6.0, 0.0),
        (4, 5.5, 0.0),
        (4, 4.5, 14.0),
        (3, 4.5, 0.0),
        (9, 7.5, 16.0),
        (6, 5.5, 11.0),
        (4, 5.5, 0.0),
        (4, 5.5, 0.0),
        (6, 6.5, 12.0),
        (8, 8.5, 14.0),
        (7, 7.5, 12.0),
    ];
    let mut measured: Vec<_> = estate.routes().into_iter().zip(budgets).collect();
    measured.sort_by_key(|((method, path, ..), _)| {
        (*method == http::Method::DELETE, std::cmp::Reverse(path.len()))
    });
    let mut over = Vec::new();
    let mut figures = Vec::new();
    for ((method, path, body, _), (requests, reads, writes)) in &measured {
        world.interceptor.reset();
        let reply = ask(&ada, method, path, body).await;
        let spent = world.interceptor.spent();
        assert!(reply.status.is_success(), "{}", reply.text());
        let shape = path
            .replace(&estate.id.to_string(), "{id}")
            .replace(&estate.server, "{serverId}")
            .replace(&estate.zone, "{zoneId}")
            .replace(&estate.record, "{recordId}");
        figures.push(format!(
            "| `{method} {shape}` | {} | {} | {} | {} |",
            spent.requests(),
            spent.reads,
            spent.writes,
            spent.index_writes
        ));
        if spent.requests() > *requests || spent.reads > reads * 1.1 || spent.writes > writes * 1.1
        {
            over.push(figures.last().cloned());
        }
        assert!(!spent.calls.keys().any(|call| call.contains("Scan")));
    }
    for ((method, path, body), (requests, reads, writes)) in
        estate.staff_routes().into_iter().zip([(2, 2.0, 0.0), (2, 1.0, 6.0), (5, 4.0, 12.0)])
    {
        world.interceptor.reset();
        let reply = ask(&grace, &method, &path, &body).await;
        let spent = world.interceptor.spent();
        reply.ok();
        figures.push(format!(
            "| `{method} {}` | {} | {} | {} | {} |",
            path.replace(&estate.node, "{id}"),
            spent.requests(),
            spent.reads,
            spent.writes,
            spent.index_writes
        ));
        if spent.requests() > requests || spent.reads > reads * 1.1 || spent.writes > writes * 1.1 {
            over.push(figures.last().cloned());
        }
    }
    assert!(over.is_empty(), "over budget: {over:#?}\nall: {figures:#?}");
}
