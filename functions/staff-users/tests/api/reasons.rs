//! Every change by staff accepts a reason in the header `X-Reason`, and the audit log records it.

use provost_domain::BuiltInRole;
use provost_http::Effect;
use serde_json::json;

use crate::{entries, world};

#[tokio::test]
async fn the_reason_in_the_header_is_audited_for_every_change() {
    let world = world().await;
    let (joan, ada) =
        (world.staff("joan", BuiltInRole::RootAdmin).await, world.person("ada").await);
    let base = format!("/api/admin/users/{}", ada.id);
    let grant = joan
        .post(&format!("{base}/grants"), json!({"type": "urls", "amount": 1}))
        .await
        .status(201);
    let grant = format!("/grants?grantId={}", grant["id"].as_str().expect("an id"));
    let session = format!("/sessions/{}/revoke", ada.session.expect("a session"));
    // In an order in which each request changes something.
    let changes = [
        ("POST /api/admin/users/{id}/verify", "/verify", json!({})),
        ("DELETE /api/admin/users/{id}/verify", "/verify", json!({})),
        ("POST /api/admin/users/{id}/notes", "/notes", json!({"text": "called"})),
        ("POST /api/admin/users/{id}/grants", "/grants", json!({"type": "urls", "amount": 1})),
        ("DELETE /api/admin/users/{id}/grants", &grant, json!({})),
        (
            "PUT /api/admin/users/{id}/contributor-profile",
            "/contributor-profile",
            json!({"title": "Maintainer"}),
        ),
        ("POST /api/admin/users/{id}/sessions/{sessionId}/revoke", &session, json!({})),
        ("POST /api/admin/users/{id}/reset-password", "/reset-password", json!({})),
        ("PATCH /api/admin/users/{id}/role", "/role", json!({"role": "staff"})),
        ("POST /api/admin/users/{id}/ban", "/ban", json!({"type": "permanent"})),
        ("DELETE /api/admin/users/{id}/ban", "/ban", json!({})),
    ];
    let named: Vec<&str> = changes.iter().map(|(row, ..)| *row).collect();
    for row in fn_staff_users::routes().rows.iter().filter(|row| row.effect != Effect::Read) {
        let row = format!("{} {}", row.method, row.path);
        assert!(named.contains(&row.as_str()), "add {row} to `changes`");
    }
    for (row, path, body) in changes {
        world.advance(1000);
        let (path, asker) = (
            format!("{base}{path}"),
            joan.with_header("x-reason", &format!("because of {row}").replace(['{', '}'], "")),
        );
        let reply = match row.split_once(' ').expect("a method").0 {
            "POST" => asker.post(&path, body).await,
            "PUT" => asker.put(&path, body).await,
            "PATCH" => asker.patch(&path, body).await,
            _ => asker.delete(&path).await,
        };
        assert!(reply.status.is_success(), "{row}: {}", reply.text());
        let newest = entries(&world, ada.id).await.into_iter().next().expect("an entry");
        assert_eq!(
            newest.reason,
            Some(format!("because of {row}").replace(['{', '}'], "")),
            "{row}"
        );
    }
}
