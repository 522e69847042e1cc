//! Actions of staff on the accounts of others.

use provost_domain::time::MINUTE;
use provost_testkit::{Someone, people::PASSWORD, stripe};
use serde_json::json;

use super::{Metered, base64, id};
use crate::flows::png;

/// Searching, storing, deciding, exporting, deleting.
pub async fn measure(metered: &mut Metered<'_>, root: &Someone<'_>) {
    let world = metered.world;
    let (dora, emil) = (world.person("dora").await, world.person("emil").await);
    let user = format!("/api/admin/users/{}", dora.id);
    metered.ask("GET /api/users/{id} (staff)", root.get(&format!("/api/users/{}", dora.id))).await;
    metered
        .ask(
            "PUT /api/users/{id} (staff)",
            root.put(&format!("/api/users/{}", dora.id), json!({ "firstName": "Dorothea" })),
        )
        .await;
    metered.ask("GET /api/admin/users", root.get("/api/admin/users")).await;
    metered.ask("GET /api/admin/users?page=2", root.get("/api/admin/users?page=2&limit=25")).await;
    metered
        .ask("GET /api/admin/search (by id)", root.get(&format!("/api/admin/search?q={}", dora.id)))
        .await;
    metered.ask("GET /api/admin/search (by words)", root.get("/api/admin/search?q=dor")).await;
    metered.ask("GET /api/admin/users/{id}", root.get(&user)).await;
    metered.ask("GET /api/admin/users/{id}/sessions", root.get(&format!("{user}/sessions"))).await;
    metered
        .ask("GET /api/admin/users/{id}/login-history", root.get(&format!("{user}/login-history")))
        .await;

    let emils = format!("/api/admin/users/{}", emil.id);
    let ban = json!({ "type": "permanent", "reason": "spam" });
    metered.ask("POST /api/admin/users/{id}/ban", root.post(&format!("{emils}/ban"), ban)).await;
    metered
        .ask(
            "DELETE /api/admin/users/{id}/ban",
            root.delete_with(&format!("{emils}/ban"), json!({ "reason": "appeal" })),
        )
        .await;
    let role = json!({ "role": "staff", "reason": "joined" });
    metered
        .ask("PATCH /api/admin/users/{id}/role", root.patch(&format!("{emils}/role"), role))
        .await;
    let signed_in = world
        .anyone()
        .post("/api/sessions/login", json!({ "email": emil.email, "password": PASSWORD }))
        .await
        .ok();
    let session = signed_in["sessionId"].as_str().expect("a session").to_owned();
    let revoke = async {
        root.post(&format!("{emils}/sessions/{session}/revoke"), json!({ "reason": "lost" })).await
    };
    metered.ask("POST /api/admin/users/{id}/sessions/{sessionId}/revoke", revoke).await;
    let reset =
        async { root.post(&format!("{emils}/reset-password"), json!({ "reason": "lost" })).await };
    metered.ask("POST /api/admin/users/{id}/reset-password", reset).await;

    records(metered, root, &user).await;
    verifications(metered, root, &dora, &user).await;
    plans(metered, root, &user).await;
    stripe(metered, &emil).await;
    fraud(metered, root, &emil).await;
    // The first request after many entries counts them; the next one uses that count.
    metered.ask("GET /api/admin/audit/logs (first look)", root.get("/api/admin/audit/logs")).await;
    metered.ask("GET /api/admin/audit/logs", root.get("/api/admin/audit/logs")).await;
    metered.ask("GET /api/admin/audit-logs", root.get("/api/admin/audit-logs")).await;
    metered.ask("GET /api/admin/email/logs", root.get("/api/admin/email/logs")).await;
    metered.ask("GET /api/admin/emails/templates", root.get("/api/admin/emails/templates")).await;
    metered.ask("GET /", world.anyone().get("/")).await;
    metered.ask("GET /openapi.json", world.anyone().get("/openapi.json")).await;
    metered.ask("GET /api/health", world.anyone().get("/api/health")).await;
    metered.ask("GET /.well-known/jwks.json", world.anyone().get("/.well-known/jwks.json")).await;
    exports(metered, root, &user).await;
    deletions(metered, root, &dora).await;
    let purge = json!({ "confirmDelete": true, "reason": "Asked in writing" });
    metered.ask("DELETE /api/admin/users/{id}", root.delete_with(&emils, purge)).await;
    world.settle().await;
}

async fn records(metered: &mut Metered<'_>, root: &Someone<'_>, user: &str) {
    metered
        .ask(
            "POST /api/admin/users/{id}/verify",
            root.post(&format!("{user}/verify"), json!({ "reason": "known" })),
        )
        .await;
    metered
        .ask(
            "DELETE /api/admin/users/{id}/verify",
            root.delete_with(&format!("{user}/verify"), json!({ "reason": "error" })),
        )
        .await;
    metered
        .ask(
            "POST /api/admin/users/{id}/notes",
            root.post(&format!("{user}/notes"), json!({ "text": "Called." })),
        )
        .await;
    metered.ask("GET /api/admin/users/{id}/notes", root.get(&format!("{user}/notes"))).await;
    let grant = json!({ "type": "storage", "amount": 1024, "reason": "helped" });
    let grant = id(&metered
        .ask("POST /api/admin/users/{id}/grants", root.post(&format!("{user}/grants"), grant))
        .await);
    metered.ask("GET /api/admin/users/{id}/grants", root.get(&format!("{user}/grants"))).await;
    let revoke = json!({ "grantId": grant, "reason": "error" });
    metered
        .ask(
            "DELETE /api/admin/users/{id}/grants",
            root.delete_with(&format!("{user}/grants"), revoke),
        )
        .await;
    let path = format!("{user}/contributor-profile");
    let ledger = json!({ "title": "Finder", "ledger": [{ "date": "2026-01-02", "label": "A fault", "points": 5 }] });
    metered.ask("PUT /api/admin/users/{id}/contributor-profile", root.put(&path, ledger)).await;
    metered.ask("GET /api/admin/users/{id}/contributor-profile", root.get(&path)).await;
    let document = json!({ "name": "Contract", "contentType": "application/pdf", "data": base64(b"%PDF-1.7\ncontract\n%%EOF\n") });
    metered
        .ask(
            "POST /api/admin/users/{id}/documents",
            root.post(&format!("{user}/documents"), document),
        )
        .await;
    metered
        .ask("GET /api/admin/users/{id}/documents", root.get(&format!("{user}/documents")))
        .await;
}

async fn verifications(
    metered: &mut Metered<'_>,
    root: &Someone<'_>,
    dora: &Someone<'_>,
    user: &str,
) {
    let image = json!({ "contentType": "image/png", "data": base64(&png()) });
    let identity = json!({ "document": image, "selfie": image });
    let student = json!({ "source": "github", "githubLogin": "dora" });
    let asked = id(&dora.post("/api/verifications/identity", identity).await.status(201));
    let path = format!("/api/admin/verifications/{asked}");
    metered.ask("GET /api/admin/verifications", root.get("/api/admin/verifications")).await;
    metered
        .ask(
            "GET /api/admin/verifications (waiting)",
            root.get("/api/admin/verifications?status=pending"),
        )
        .await;
    metered.ask("GET /api/admin/verifications/{id}", root.get(&path)).await;
    metered
        .ask(
            "GET /api/admin/verifications/{id}/images/{kind}",
            root.get(&format!("{path}/images/selfie")),
        )
        .await;
    let reject =
        async { root.post(&format!("{path}/reject"), json!({ "reason": "Too dark" })).await };
    metered.ask("POST /api/admin/verifications/{id}/reject", reject).await;
    let asked = id(&dora.post("/api/verifications/student", student).await.status(201));
    let approve =
        async { root.post(&format!("/api/admin/verifications/{asked}/approve"), json!({})).await };
    metered.ask("POST /api/admin/verifications/{id}/approve", approve).await;
    let again = async {
        root.post(&format!("{user}/require-student-reverify"), json!({ "reason": "A new term" }))
            .await
    };
    metered.ask("POST /api/admin/users/{id}/require-student-reverify", again).await;
    let ended = async {
        root.delete_with(&format!("{user}/deassign-student"), json!({ "reason": "Graduated" }))
            .await
    };
    metered.ask("DELETE /api/admin/users/{id}/deassign-student", ended).await;
}

async fn plans(metered: &mut Metered<'_>, root: &Someone<'_>, user: &str) {
    let store = metered.world.app.store();
    store.seed_plans(metered.world.app.now()).await.expect("the table responds");
    let plans = metered.ask("GET /api/admin/plans", root.get("/api/admin/plans")).await;
    let paid = plans["data"]
        .as_array()
        .expect("plans")
        .iter()
        .find(|plan| plan["portalTier"] == "paid")
        .map(id)
        .expect("a paid plan");
    metered
        .ask(
            "POST /api/admin/users/{id}/apply-plan",
            root.post(&format!("{user}/apply-plan"), json!({ "planId": paid })),
        )
        .await;
    metered
        .ask("GET /api/admin/users/{id}/current-plan", root.get(&format!("{user}/current-plan")))
        .await;
    metered
        .ask(
            "DELETE /api/admin/users/{id}/cancel-plan",
            root.delete(&format!("{user}/cancel-plan")),
        )
        .await;
}

/// The Stripe events of a user who subscribes, pays, and cancels.
async fn stripe(metered: &mut Metered<'_>, payer: &Someone<'_>) {
    let world = metered.world;
    let mut product = provost_domain::product::standard_plans(world.app.now()).remove(1);
    product.stripe_price_id = Some("price_pro".to_owned());
    let item = provost_store::item::encode(
        "a product",
        &provost_store::products::key(product.id),
        &product,
    )
    .expect("an item");
    let table = &world.app.store().names().catalogue;
    world
        .emulators
        .dynamodb()
        .put_item()
        .table_name(table)
        .set_item(Some(item))
        .send()
        .await
        .expect("the table responds");
    let now = world.second();
    let told = |kind: &str, status: &str| {
        let subscription = stripe::subscription("sub_1", "cus_1", "price_pro", status);
        stripe::event(
            &format!("evt_{status}"),
            &format!("customer.subscription.{kind}"),
            now,
            subscription,
        )
    };
    let checkout = stripe::event(
        "evt_checkout",
        "checkout.session.completed",
        now,
        stripe::checkout(payer.id, "cus_1", "sub_1"),
    );
    world.start_checkout(payer.id).await;
    metered.ask("POST /api/webhooks/stripe (checkout)", world.notify(&checkout)).await;
    metered
        .ask("POST /api/webhooks/stripe (begins)", world.notify(&told("created", "active")))
        .await;
    metered
        .ask("POST /api/webhooks/stripe (changes)", world.notify(&told("updated", "past_due")))
        .await;
    let paid = stripe::event(
        "evt_paid",
        "invoice.paid",
        now,
        stripe::invoice("in_1", "cus_1", "sub_1", 900),
    );
    metered.ask("POST /api/webhooks/stripe (payment)", world.notify(&paid)).await;
    metered
        .ask("POST /api/webhooks/stripe (ends)", world.notify(&told("deleted", "canceled")))
        .await;
}

async fn fraud(metered: &mut Metered<'_>, root: &Someone<'_>, emil: &Someone<'_>) {
    let world = metered.world;
    world
        .edit(emil.id, |principal| {
            principal.email = "emil@mailinator.com".parse().expect("an address")
        })
        .await;
    let scan = async { root.post(&format!("/api/admin/fraud-scan/{}", emil.id), json!({})).await };
    let alert = id(&metered.ask("POST /api/admin/fraud-scan/{id} (raises)", scan).await["alert"]);
    let path = format!("/api/admin/fraud-alerts/{alert}");
    metered.ask("GET /api/admin/fraud-alerts", root.get("/api/admin/fraud-alerts")).await;
    metered.ask("GET /api/admin/fraud-alerts/{id}", root.get(&path)).await;
    metered
        .ask(
            "PATCH /api/admin/fraud-alerts/{id}",
            root.patch(&path, json!({ "status": "investigating" })),
        )
        .await;
    let dismiss = root.post("/api/admin/fraud-alerts/dismiss", json!({ "ids": [alert] }));
    metered.ask("POST /api/admin/fraud-alerts/dismiss (one)", dismiss).await;
    let sweep = id(&metered
        .ask("POST /api/admin/fraud-scan-all", root.post("/api/admin/fraud-scan-all", json!({})))
        .await);
    metered.ask("GET /v1/jobs/{id}", root.get(&format!("/v1/jobs/{sweep}"))).await;
    world.settle().await;
}

async fn exports(metered: &mut Metered<'_>, root: &Someone<'_>, user: &str) {
    let world = metered.world;
    let asked =
        async { root.post(&format!("{user}/export-job"), json!({ "reason": "asked" })).await };
    let job = id(&metered.ask("POST /api/admin/users/{id}/export-job", asked).await);
    world.settle().await;
    let path = format!("/api/admin/export-jobs/{job}");
    metered.ask("GET /api/admin/export-jobs", root.get("/api/admin/export-jobs")).await;
    metered.ask("GET /api/admin/export-jobs/{id}", root.get(&path)).await;
    metered
        .ask("GET /api/admin/export-jobs/{id}/download", root.get(&format!("{path}/download")))
        .await;
    let link = metered
        .ask(
            "POST /api/admin/export-jobs/{id}/share-link",
            root.post(&format!("{path}/share-link"), json!({})),
        )
        .await;
    let shared = link["url"]
        .as_str()
        .and_then(|url| url.strip_prefix("https://provost.example"))
        .expect("the platform's URL")
        .to_owned();
    metered
        .ask(
            "GET /share/{token}",
            world.anyone().with_header("accept", "application/json").get(&shared),
        )
        .await;
    metered.ask("POST /share/{token}", world.anyone().post(&shared, json!({}))).await;
    metered
        .ask(
            "GET /api/admin/export-jobs/{id}/share-links",
            root.get(&format!("{path}/share-links")),
        )
        .await;
    let revoke = async { root.delete(&format!("{path}/share-links/{}", id(&link))).await };
    metered.ask("DELETE /api/admin/export-jobs/{id}/share-links/{linkId}", revoke).await;
    metered.ask("DELETE /api/admin/export-jobs/{id}", root.delete(&path)).await;
    world.settle().await;
}

async fn deletions(metered: &mut Metered<'_>, root: &Someone<'_>, dora: &Someone<'_>) {
    let world = metered.world;
    let ask = async || id(&dora.post("/api/users/me/deletion-request", json!({})).await.ok());
    let asked = ask().await;
    let path = format!("/api/admin/deletions/{asked}");
    let why = || json!({ "reason": "asked" });
    metered.ask("GET /api/admin/deletions", root.get("/api/admin/deletions")).await;
    metered.ask("GET /api/admin/deletions/{id}", root.get(&path)).await;
    metered
        .ask("POST /api/admin/deletions/{id}/hold", root.post(&format!("{path}/hold"), why()))
        .await;
    metered
        .ask(
            "DELETE /api/admin/deletions/{id}/hold",
            root.delete_with(&format!("{path}/hold"), why()),
        )
        .await;
    metered
        .ask("POST /api/admin/deletions/{id}/cancel", root.post(&format!("{path}/cancel"), why()))
        .await;
    let sign_in = async || {
        world.advance(MINUTE);
        let signed_in = world
            .anyone()
            .post("/api/sessions/login", json!({ "email": dora.email, "password": PASSWORD }))
            .await
            .ok();
        dora.with_token(signed_in["accessToken"].as_str().expect("a token"))
    };
    sign_in().await.post("/api/users/me/deletion-request", json!({})).await.ok();
    metered
        .ask(
            "POST /v1/users/{user_id}/restore",
            root.post(&format!("/v1/users/{}/restore", dora.id), why()),
        )
        .await;
    let hold = format!("/api/admin/users/{}/hold", dora.id);
    metered.ask("POST /api/admin/users/{id}/hold", root.post(&hold, why())).await;
    metered.ask("DELETE /api/admin/users/{id}/hold", root.delete_with(&hold, why())).await;
    let dora = sign_in().await;
    let asked = id(&dora.post("/api/users/me/deletion-request", json!({})).await.ok());
    let path = format!("/api/admin/deletions/{asked}");
    metered
        .ask(
            "POST /api/admin/deletions/{id}/expedite",
            root.post(&format!("{path}/expedite"), why()),
        )
        .await;
    world.settle().await;
    metered
        .ask("GET /api/admin/deletions/{id}/receipt", root.get(&format!("{path}/receipt")))
        .await;
}
