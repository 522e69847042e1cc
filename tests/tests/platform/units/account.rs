//! Actions of users on their own accounts.

use http::Method;
use provost_domain::time::{MINUTE, SECOND};
use provost_testkit::people::PASSWORD;
use serde_json::json;

use super::{Metered, id};
use crate::flows::{letter, png, token};

/// Registration, sign-in and sign-out, and the user's own resources.
pub async fn measure(metered: &mut Metered<'_>) {
    let world = metered.world;
    let anyone = world.anyone();
    let ada = world.person("ada").await;
    world
        .edit(ada.id, |principal| principal.known_devices.push("unknown/unknown/unknown".into()))
        .await;

    let registration = json!({ "email": "new@example.org", "password": PASSWORD, "firstName": "New", "lastName": "Person" });
    let new = metered
        .ask("POST /api/users/register", anyone.post("/api/users/register", registration))
        .await;
    let link = token(&letter(world, &id(&new), "verify-email").await);
    metered
        .ask(
            "POST /api/users/verify-email",
            anyone.post("/api/users/verify-email", json!({ "token": link })),
        )
        .await;
    let forgot = json!({ "email": "new@example.org" });
    metered
        .ask("POST /api/users/forgot-password", anyone.post("/api/users/forgot-password", forgot))
        .await;
    let link = token(&letter(world, &id(&new), "password-reset").await);
    let reset = json!({ "token": link, "password": "Stormy-Meadow-4" });
    metered
        .ask("POST /api/users/reset-password", anyone.post("/api/users/reset-password", reset))
        .await;

    metered.ask("GET /api/users/me", ada.get("/api/users/me")).await;
    metered
        .ask("PUT /api/users/me", ada.put("/api/users/me", json!({ "firstName": "Augusta" })))
        .await;
    metered.ask("GET /api/users/{id}", ada.get(&format!("/api/users/{}", ada.id))).await;
    metered
        .ask(
            "PUT /api/users/{id}",
            ada.put(&format!("/api/users/{}", ada.id), json!({ "firstName": "Ada" })),
        )
        .await;
    // A user with one session: each further session adds a hundred bytes, and beyond 1 KiB a write
    // of the principal costs one more unit, two in a transaction.
    let key = metered
        .ask("POST /api/apikeys", ada.post("/api/apikeys", json!({ "name": "deploy" })))
        .await;
    metered.ask("GET /api/apikeys/my", ada.get("/api/apikeys/my")).await;
    metered
        .ask("DELETE /api/apikeys/{id}", ada.delete(&format!("/api/apikeys/{}", id(&key))))
        .await;
    let line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";
    let key = metered
        .ask(
            "POST /api/ssh-keys",
            ada.post("/api/ssh-keys", json!({ "name": "engine", "publicKey": line })),
        )
        .await;
    metered.ask("GET /api/ssh-keys", ada.get("/api/ssh-keys")).await;
    metered
        .ask("DELETE /api/ssh-keys/{id}", ada.delete(&format!("/api/ssh-keys/{}", id(&key))))
        .await;
    metered
        .ask(
            "POST /api/users/{id}/avatar",
            ada.ask(Method::POST, "/api/users/me/avatar", "image/png", png()),
        )
        .await;
    metered.ask("DELETE /api/users/{id}/avatar", ada.delete("/api/users/me/avatar")).await;

    // The second sign-in, from a known device, is the typical one.
    let sign_in = json!({ "email": ada.email, "password": PASSWORD });
    anyone.post("/api/sessions/login", sign_in.clone()).await.ok();
    let session =
        metered.ask("POST /api/sessions/login", anyone.post("/api/sessions/login", sign_in)).await;
    let refresh = json!({ "refreshToken": session["refreshToken"] });
    metered.ask("POST /api/sessions/refresh", anyone.post("/api/sessions/refresh", refresh)).await;
    metered
        .ask("GET /api/sessions/{userId} (three)", ada.get(&format!("/api/sessions/{}", ada.id)))
        .await;
    let second = ada.with_token(session["accessToken"].as_str().expect("a token"));
    metered.ask("POST /api/sessions/logout", second.post("/api/sessions/logout", json!({}))).await;
    metered.ask("GET /api/users/me/login-history", ada.get("/api/users/me/login-history")).await;
    metered.ask("GET /api/users/me/impersonations", ada.get("/api/users/me/impersonations")).await;
    second_factor(metered, &ada).await;
    let notices =
        metered.ask("GET /api/mailbox/notifications", ada.get("/api/mailbox/notifications")).await;
    let notice = notices["data"][0]["id"]
        .as_str()
        .expect("enabling the second factor sends a notification")
        .to_owned();
    let read =
        async { ada.post(&format!("/api/mailbox/notifications/{notice}/read"), json!({})).await };
    metered.ask("POST /api/mailbox/notifications/{id}/read", read).await;

    let image = json!({ "contentType": "image/png", "data": super::base64(&png()) });
    let identity = json!({ "document": image, "selfie": image });
    metered
        .ask("POST /api/verifications/identity", ada.post("/api/verifications/identity", identity))
        .await;
    let student = json!({ "source": "github", "githubLogin": "ada" });
    metered
        .ask("POST /api/verifications/student", ada.post("/api/verifications/student", student))
        .await;

    metered
        .ask(
            "POST /api/users/me/export-request",
            ada.post("/api/users/me/export-request", json!({})),
        )
        .await;
    world.settle().await;
    let jobs =
        metered.ask("GET /api/users/me/export-jobs", ada.get("/api/users/me/export-jobs")).await;
    let download = format!("/api/users/me/export-jobs/{}/download", id(&jobs["data"][0]));
    metered.ask("GET /api/users/me/export-jobs/{jobId}/download", ada.get(&download)).await;

    let leaving = "/api/users/me/deletion-request";
    metered.ask("POST /api/users/me/deletion-request", ada.post(leaving, json!({}))).await;
    metered.ask("GET /api/users/me/deletion-request", ada.get(leaving)).await;
    metered.ask("DELETE /api/users/me/deletion-request", ada.delete(leaving)).await;
    let zoe = world.person("zoe").await;
    zoe.post(leaving, json!({})).await.ok();
    let link = token(&letter(world, &zoe.id.to_string(), "deletion-requested").await);
    metered
        .ask("GET /cancel-deletion/{token}", anyone.get(&format!("/cancel-deletion/{link}")))
        .await;
    metered
        .ask(
            "POST /cancel-deletion/{token}",
            anyone.post(&format!("/cancel-deletion/{link}"), json!({})),
        )
        .await;

    let bob = world.person("bob").await;
    metered
        .ask("POST /api/sessions/logout-all", bob.post("/api/sessions/logout-all", json!({})))
        .await;
    let mut carol = world.person("carol").await;
    metered
        .ask(
            "DELETE /api/users/{id}/sessions",
            carol.delete(&format!("/api/users/{}/sessions", carol.id)),
        )
        .await;
    world.advance(MINUTE);
    carol.renew().await;
}

async fn second_factor(metered: &mut Metered<'_>, ada: &provost_testkit::Someone<'_>) {
    let world = metered.world;
    let shown = |secret: &str| {
        let secret = totp_rs::Secret::try_from_base32(secret).expect("base 32");
        let seconds = u64::try_from(world.app.now().seconds()).expect("after 1970");
        totp_rs::Builder::new()
            .with_secret(secret)
            .build()
            .expect("a secret of 160 bits")
            .generate(seconds)
            .to_string()
    };
    let path = "/api/sessions/two-factor";
    let begun = metered
        .ask(
            "POST /api/sessions/two-factor",
            ada.post(path, json!({ "currentPassword": PASSWORD })),
        )
        .await;
    let secret = begun["secret"].as_str().expect("a secret").to_owned();
    let confirm =
        async { ada.post(&format!("{path}/confirm"), json!({ "code": shown(&secret) })).await };
    metered.ask("POST /api/sessions/two-factor/confirm", confirm).await;
    world.advance(30 * SECOND);
    metered
        .ask(
            "DELETE /api/sessions/two-factor",
            ada.delete_with(path, json!({ "code": shown(&secret) })),
        )
        .await;
}
