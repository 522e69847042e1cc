//! A change accepts only its own fields: every field of the stored account is rejected by name on
//! every route that writes.

use provost_domain::BuiltInRole;
use serde_json::{Value, json};

use crate::{entries, world};

#[tokio::test]
async fn every_stored_field_is_rejected_on_every_change() {
    let world = world().await;
    let (joan, ada) =
        (world.staff("joan", BuiltInRole::RootAdmin).await, world.person("ada").await);
    let before = world.user(ada.id).await.expect("ada");
    let stored = serde_json::to_value(&before).expect("an account is JSON");
    let mut fields: Vec<(String, Value)> =
        stored.as_object().expect("an object").clone().into_iter().collect();
    for field in [
        "passwordHash",
        "suspension",
        "deletion",
        "grants",
        "denials",
        "pk",
        "sk",
        "directory",
        "nameKey",
        "permissions",
        "isAdmin",
        "ttl",
    ] {
        fields.push((field.to_owned(), json!("x")));
    }
    let base = format!("/api/admin/users/{}", ada.id);
    let session = ada.session.expect("a session");
    for (field, value) in fields {
        let with = |mut body: Value| {
            body[&field] = value.clone();
            body
        };
        let mut replies = vec![
            joan.post(&format!("{base}/ban"), with(json!({"type": "permanent", "reason": "spam"})))
                .await,
            joan.post(&format!("{base}/reset-password"), with(json!({"reason": "phished"}))).await,
            joan.post(
                &format!("{base}/sessions/{session}/revoke"),
                with(json!({"reason": "lost"})),
            )
            .await,
            joan.delete_with(&format!("{base}/ban"), with(json!({"reason": "appeal"}))).await,
        ];
        if field != "role" {
            replies.push(
                joan.patch(
                    &format!("{base}/role"),
                    with(json!({"role": "staff", "reason": "hired"})),
                )
                .await,
            );
        }
        for reply in replies {
            assert_eq!(
                reply.is(422, "VALIDATION_FAILED")["errors"][0]["field"],
                field,
                "{}",
                reply.asked
            );
        }
    }
    assert_eq!(serde_json::to_value(world.user(ada.id).await.expect("ada")).expect("JSON"), stored);
    assert!(entries(&world, ada.id).await.is_empty());
}
