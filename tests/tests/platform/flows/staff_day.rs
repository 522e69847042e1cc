//! A day of staff: finding a user, verifying, a plan, fraud, a ban, an export that a third party
//! opens, and a deletion.

use provost_domain::{BuiltInRole, time::DAY};
use provost_testkit::{Someone, World};
use serde_json::{Value, json};

use super::{email_text, png, strike, token};

fn id(body: &Value) -> String {
    body["id"].as_str().unwrap_or_else(|| panic!("no id in {body}")).to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_the_first_search_to_the_last_receipt() {
    let world = crate::world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let helper = world.staff("helper", BuiltInRole::Staff).await;
    let ada = world.person("Adalovelace").await;
    let mallory = world.person("Mallory").await;
    world.app.store().seed_plans(world.app.now()).await.expect("the table responds");
    let user = format!("/api/admin/users/{}", ada.id);

    found(&world, &helper, &ada).await;
    verified(&world, &grace, &helper, &ada, &user).await;
    planned(&grace, &helper, &user).await;
    kept(&world, &grace, &helper, &ada, &user).await;
    suspicious(&world, &grace, &mallory).await;

    // Mallory is banned: every credential is revoked at once, and only a new sign-in creates one
    // again.
    let ban = format!("/api/admin/users/{}/ban", mallory.id);
    let banned = grace
        .post(&ban, json!({ "type": "temporary", "durationDays": 2, "reason": "Sells accounts" }))
        .await;
    // The list follows within seconds, and with the token of the change at once.
    let token_of_ban = banned.header("x-consistency-token");
    let banned = banned.ok();
    assert_eq!((&banned["banType"], &banned["reversible"]), (&json!("temporary"), &json!(true)));
    mallory.get("/api/users/me").await.is(403, "ACCOUNT_SUSPENDED");
    let grace_after = grace.with_header("x-consistency-token", &token_of_ban);
    let listed = grace_after.get("/api/admin/users?status=banned").await.ok();
    assert_eq!(listed["pagination"]["total"], 1);
    world.advance(2 * DAY);
    strike(&world, "due").await;
    let (root, grace) = (signed_in(&world, &root).await, signed_in(&world, &grace).await);
    assert_eq!(grace.get("/api/admin/users?status=banned").await.ok()["pagination"]["total"], 0);

    // A forced password reset: the link is in an email, and nowhere else.
    let forced =
        grace.post(&format!("{user}/reset-password"), json!({ "reason": "Lost phone" })).await;
    assert!(forced.status.is_success() && !forced.text().contains("token"), "{}", forced.text());
    let link = token(&email_text(&world, &ada.id.to_string(), "password-reset-forced").await);
    world
        .anyone()
        .post("/api/users/reset-password", json!({ "token": link, "password": "Stormy-Meadow-4" }))
        .await
        .status(204);

    // Her export goes to a third party, and her account is deleted at her own request.
    let job = id(&grace
        .post(&format!("{user}/export-job"), json!({ "reason": "Asked by letter" }))
        .await
        .status(202));
    world.settle().await;
    assert_eq!(
        grace.get(&format!("/api/admin/export-jobs/{job}")).await.ok()["status"],
        "completed"
    );
    let link = grace
        .post(&format!("/api/admin/export-jobs/{job}/share-link"), json!({}))
        .await
        .status(201);
    let path = link["url"]
        .as_str()
        .and_then(|url| url.strip_prefix("https://provost.example"))
        .expect("the platform's URL")
        .to_owned();
    assert_eq!(world.anyone().post(&path, json!({})).await.status, 303);
    world.anyone().post(&path, json!({})).await.is(410, "LINK_USED_UP");

    let ada = sign_in(&world, &ada, "Stormy-Meadow-4").await;
    let request = id(&ada
        .post("/api/users/me/deletion-request", json!({ "reason": "Moving on" }))
        .await
        .ok());
    assert_eq!(grace.get("/api/admin/deletions").await.ok()["data"][0]["id"], json!(request));
    root.post(&format!("/api/admin/deletions/{request}/hold"), json!({ "reason": "A court asks" }))
        .await
        .ok();
    root.post(
        &format!("/api/admin/deletions/{request}/expedite"),
        json!({ "reason": "Confirmed" }),
    )
    .await
    .is(423, "LEGAL_HOLD");
    root.delete_with(
        &format!("/api/admin/deletions/{request}/hold"),
        json!({ "reason": "The court is done" }),
    )
    .await
    .ok();
    root.post(
        &format!("/api/admin/deletions/{request}/expedite"),
        json!({ "reason": "Confirmed" }),
    )
    .await
    .status(202);
    world.settle().await;
    let receipt = root.get(&format!("/api/admin/deletions/{request}/receipt")).await.ok();
    let counts = &receipt["decoded"]["counts"];
    for kind in ["account", "notes", "grants", "documents", "contributorProfile"] {
        assert!(counts[kind].as_u64() >= Some(1), "{kind} is not in {counts}");
    }
    let left = super::leftovers(&world, &[&ada.id.to_string(), &ada.email, "adalovelace"]).await;
    assert!(left.is_empty(), "left of the user: {left:#?}");
    root.get(&user).await.is(404, "INVALID_USER_ID");

    // Every action is in the log, including refusals.
    let log = root.get("/api/admin/audit/logs?limit=200").await.ok();
    let actions: Vec<_> = log["data"]
        .as_array()
        .expect("entries")
        .iter()
        .filter_map(|entry| entry["action"].as_str())
        .collect();
    for action in [
        "verification.approved",
        "verification.image_viewed",
        "plan.applied",
        "plan.cancelled",
        "fraud.alert_updated",
        "user.banned",
        "access.refused",
        "user.erased",
    ] {
        assert!(actions.contains(&action), "{action} is not in {actions:?}");
    }
}

async fn sign_in<'w>(world: &'w World, someone: &Someone<'_>, password: &str) -> Someone<'w> {
    let body = json!({ "email": someone.email, "password": password });
    let answered = world.anyone().post("/api/sessions/login", body).await.status(200);
    let mut who = world.anyone().with_token(answered["accessToken"].as_str().expect("a token"));
    (who.id, who.email) = (someone.id, someone.email.clone());
    who
}

async fn signed_in<'w>(world: &'w World, someone: &Someone<'_>) -> Someone<'w> {
    sign_in(world, someone, provost_testkit::people::PASSWORD).await
}

/// By the prefix of a name, by address, by id; only staff can search.
async fn found(world: &World, helper: &Someone<'_>, ada: &Someone<'_>) {
    for query in ["adalove", &ada.email, &ada.id.to_string()] {
        let listed = helper.get(&format!("/api/admin/users?search={query}")).await.ok();
        assert_eq!(
            (&listed["pagination"]["total"], &listed["data"][0]["id"]),
            (&json!(1), &json!(ada.id.to_string())),
            "{query}"
        );
        let everywhere = helper.get(&format!("/api/admin/search?q={query}")).await.ok();
        assert!(everywhere.to_string().contains(&ada.id.to_string()), "{query}: {everywhere}");
    }
    let shown = helper.get(&format!("/api/admin/users/{}", ada.id)).await.ok().to_string();
    assert!(
        !shown.contains("argon2") && !shown.contains("subjectKey"),
        "no secret is shown to staff"
    );
    ada.get("/api/admin/users").await.is(403, "ADMIN_REQUIRED");
    world.anyone().get("/api/admin/search?q=a").await.is(401, "UNAUTHENTICATED");
}

/// Identity and student verification.
async fn verified(
    world: &World,
    grace: &Someone<'_>,
    helper: &Someone<'_>,
    ada: &Someone<'_>,
    user: &str,
) {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let image = json!({ "contentType": "image/png", "data": STANDARD.encode(png()) });
    let asked = ada
        .post("/api/verifications/identity", json!({ "document": image, "selfie": image }))
        .await
        .status(201);
    let verification = format!("/api/admin/verifications/{}", id(&asked));
    assert_eq!(
        grace.get("/api/admin/verifications?status=pending").await.ok()["pagination"]["total"],
        1
    );
    let seen = grace.get(&format!("{verification}/images/selfie")).await;
    assert_eq!(seen.status, 303, "{}", seen.text());
    let bytes = provost_testkit::http()
        .get(seen.header("location"))
        .send()
        .await
        .expect("the image")
        .bytes()
        .await
        .expect("its bytes");
    assert!(bytes.starts_with(b"\x89PNG"));
    helper.get(&format!("{verification}/images/selfie")).await.is(403, "PERMISSION_DENIED");
    grace.post(&format!("{verification}/approve"), json!({})).await.ok();
    grace
        .post(&format!("{verification}/reject"), json!({ "reason": "Too late" }))
        .await
        .is(409, "INVALID_ACTION");
    assert_eq!(ada.get("/api/users/me").await.ok()["idVerified"], true);

    let asked = ada
        .post("/api/verifications/student", json!({ "source": "github", "githubLogin": "ada" }))
        .await
        .status(201);
    grace.post(&format!("/api/admin/verifications/{}/approve", id(&asked)), json!({})).await.ok();
    assert_eq!(ada.get("/api/users/me").await.ok()["portalTier"], "educational");
    let shown = grace.get(user).await.ok();
    assert_eq!(
        (&shown["studentSource"], &shown["githubProfileUrl"]),
        (&json!("github"), &json!("https://github.com/ada"))
    );
    grace
        .post(&format!("{user}/require-student-reverify"), json!({ "reason": "A new term" }))
        .await
        .ok();
    let body = json!({ "email": ada.email, "password": provost_testkit::people::PASSWORD });
    assert_eq!(
        world.anyone().post("/api/sessions/login", body).await.status(200)["reverifyRequired"],
        true
    );
    grace
        .delete_with(&format!("{user}/deassign-student"), json!({ "reason": "Graduated" }))
        .await
        .ok();
    assert_eq!(ada.get("/api/users/me").await.ok()["portalTier"], "free");
    grace.post(&format!("{user}/verify"), json!({ "reason": "A known face" })).await.ok();
    assert_eq!(grace.get(user).await.ok()["isVerified"], true);
}

/// A plan without checkout, another one over it, and back to the benefits before.
async fn planned(grace: &Someone<'_>, helper: &Someone<'_>, user: &str) {
    let plans = grace.get("/api/admin/plans").await.ok();
    let of = |tier: &str| {
        let rows = plans["data"].as_array().expect("plans");
        id(rows
            .iter()
            .find(|plan| plan["portalTier"] == tier && plan["active"] == true)
            .unwrap_or_else(|| panic!("no {tier} plan in {plans}")))
    };
    let before = grace.get(&format!("{user}/current-plan")).await.ok();
    assert!(before["plan"].is_null());
    helper
        .post(&format!("{user}/apply-plan"), json!({ "planId": of("paid") }))
        .await
        .is(403, "PERMISSION_DENIED");
    assert_eq!(
        grace.post(&format!("{user}/apply-plan"), json!({ "planId": of("paid") })).await.ok()["portalTier"],
        "paid"
    );
    assert_eq!(
        grace.post(&format!("{user}/apply-plan"), json!({ "planId": of("enterprise") })).await.ok()
            ["portalTier"],
        "enterprise"
    );
    let after = grace.delete(&format!("{user}/cancel-plan")).await.ok();
    assert_eq!(
        (&after["portalTier"], &after["limits"], &after["storageQuota"]),
        (&before["portalTier"], &before["limits"], &before["storageQuota"])
    );
}

/// Staff data about her.
async fn kept(
    _world: &World,
    grace: &Someone<'_>,
    helper: &Someone<'_>,
    ada: &Someone<'_>,
    user: &str,
) {
    use base64::{Engine, engine::general_purpose::STANDARD};
    grace
        .post(&format!("{user}/notes"), json!({ "text": "Called about the invoice." }))
        .await
        .status(201);
    assert_eq!(
        helper.get(&format!("{user}/notes")).await.ok()["data"][0]["text"],
        "Called about the invoice."
    );
    grace
        .post(
            &format!("{user}/grants"),
            json!({ "type": "storage", "amount": 1024, "reason": "Found a fault" }),
        )
        .await
        .status(201);
    grace
        .put(
            &format!("{user}/contributor-profile"),
            json!({ "githubLogin": "ada", "title": "Finder", "ledger": [{ "date": "2026-01-02", "label": "A fault", "points": 5 }] }),
        )
        .await
        .ok();
    assert_eq!(helper.get(&format!("{user}/contributor-profile")).await.ok()["score"], 5);
    let document = json!({ "name": "Contract", "contentType": "application/pdf", "data": STANDARD.encode(b"%PDF-1.7\ncontract\n%%EOF\n") });
    grace.post(&format!("{user}/documents"), document).await.status(201);
    assert_eq!(grace.get(&format!("{user}/documents")).await.ok()["pagination"]["total"], 1);
    assert!(ada.get(&format!("{user}/documents")).await.status.is_client_error());
}

/// A user with a disposable email address: found, investigated, confirmed.
async fn suspicious(world: &World, grace: &Someone<'_>, mallory: &Someone<'_>) {
    world
        .edit(mallory.id, |user| user.email = "mallory@mailinator.com".parse().expect("an address"))
        .await;
    let swept = grace.post("/api/admin/fraud-scan-all", json!({})).await.status(202);
    world.settle().await;
    let job = grace.get(&format!("/v1/jobs/{}", id(&swept))).await.ok();
    assert_eq!(
        (&job["status"], &job["progress"]["percent"]),
        (&json!("completed"), &json!(100)),
        "{job}"
    );
    // All users of this test sign in from one address, which another rule covers.
    let open = "/api/admin/fraud-alerts?status=open&rule=disposable_email";
    let alerts = grace.get(open).await.ok();
    assert_eq!(
        (&alerts["pagination"]["total"], &alerts["data"][0]["userId"]),
        (&json!(1), &json!(mallory.id.to_string())),
        "{alerts}"
    );
    let alert = format!("/api/admin/fraud-alerts/{}", id(&alerts["data"][0]));
    grace
        .patch(&alert, json!({ "status": "investigating", "note": "Looks like resale" }))
        .await
        .ok();
    grace.patch(&alert, json!({ "status": "confirmed" })).await.ok();
    grace.post(&format!("/api/admin/fraud-scan/{}", mallory.id), json!({})).await.ok();
    assert_eq!(grace.get(open).await.ok()["pagination"]["total"], 0, "a decision is final");
}
