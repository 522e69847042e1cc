//! Every change by staff accepts a reason in the header `X-Reason`, and the audit log records it.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use provost_domain::BuiltInRole;
use provost_http::Effect;
use serde_json::json;

use super::support::*;

#[tokio::test]
async fn the_reason_in_the_header_is_audited_for_every_change() {
    let world = world().await;
    let (joan, ada) =
        (world.staff("joan", BuiltInRole::RootAdmin).await, world.person("ada").await);
    student(&joan, &ada).await;
    let first = id(&ada.post(IDENTITY, papers()).await.status(201));
    let user = format!("/api/admin/users/{}", ada.id);
    let document =
        json!({"name": "Contract", "contentType": "application/pdf", "data": BASE64.encode(PDF)});
    // In an order in which each request changes something.
    let changes = [
        ("POST /api/admin/users/{id}/documents", format!("{user}/documents"), document),
        (
            "POST /api/admin/users/{id}/require-student-reverify",
            format!("{user}/require-student-reverify"),
            json!({}),
        ),
        (
            "DELETE /api/admin/users/{id}/deassign-student",
            format!("{user}/deassign-student"),
            json!({}),
        ),
        (
            "GET /api/admin/verifications/{id}/images/{kind}",
            format!("{LIST}/{first}/images/selfie"),
            json!({}),
        ),
        ("POST /api/admin/verifications/{id}/reject", format!("{LIST}/{first}/reject"), json!({})),
        ("POST /api/admin/verifications/{id}/approve", String::new(), json!({})),
    ];
    let named: Vec<&str> = changes.iter().map(|(row, ..)| *row).collect();
    for row in fn_verifications::routes()
        .rows
        .iter()
        .filter(|row| row.effect != Effect::Read && row.staff_only)
    {
        let row = format!("{} {}", row.method, row.path);
        assert!(named.contains(&row.as_str()), "add {row} to `changes`");
    }
    for (row, mut path, body) in changes {
        if path.is_empty() {
            path =
                format!("{LIST}/{}/approve", id(&ada.post(IDENTITY, papers()).await.status(201)));
        }
        world.advance(1000);
        let reason = format!("because of {row}").replace(['{', '}'], "");
        let asker = joan.with_header("x-reason", &reason);
        let reply = match row.split_once(' ').expect("a method").0 {
            "GET" => asker.get(&path).await,
            "POST" => asker.post(&path, body).await,
            _ => asker.delete(&path).await,
        };
        assert!(reply.status.is_success() || reply.status == 303, "{row}: {}", reply.text());
        let pseudonym = world.user(ada.id).await.expect("ada").pseudonym;
        let newest = world
            .app
            .store()
            .recent_entries_about(pseudonym, 1)
            .await
            .expect("the table responds")
            .pop()
            .expect("an entry");
        assert_eq!(newest.reason, Some(reason), "{row}");
    }
    world.settle().await;
}
