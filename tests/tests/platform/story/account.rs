//! Actions of users on their own accounts.

use provost_domain::time::{MINUTE, SECOND};
use provost_testkit::{Someone, people::PASSWORD};
use serde_json::json;

use super::{Story, id};
use crate::flows::{email_text, token};

/// Registration, sign-in and sign-out, and the user's own resources.
pub async fn live<'w>(story: &mut Story<'w, '_>) {
    let world = story.world;
    let anyone = world.anyone();
    let ada = world.person("Ada").await;
    world.edit(ada.id, |user| user.known_devices.push("unknown/unknown/unknown".into())).await;
    let me = ada.id.to_string();

    let new = id(&story.send("registerUser", &anyone).await);
    let link = token(&email_text(world, &new, "verify-email").await);
    story.send("verifyEmail", &anyone).set("token", link).await;
    story.send("requestPasswordReset", &anyone).await;
    let link = token(&email_text(world, &new, "password-reset").await);
    story.send("resetPassword", &anyone).set("token", link).await;

    story.send("getCurrentUser", &ada).await;
    story.send("updateCurrentUser", &ada).await;
    story.send("getUser", &ada).to([&me]).await;
    story.send("updateUser", &ada).to([&me]).await;
    // A user with one session: each further session adds a hundred bytes, and beyond 1 KiB a write
    // of the user costs one more unit, two in a transaction.
    let key = id(&story.send("createApiKey", &ada).await);
    story.send("listApiKeys", &ada).await;
    story.send("deleteApiKey", &ada).to([&key]).await;
    let key = id(&story.send("addSshKey", &ada).await);
    story.send("listSshKeys", &ada).await;
    story.send("deleteSshKey", &ada).to([&key]).await;
    story.send("uploadUserAvatar", &ada).to(["me"]).await;
    story.send("deleteUserAvatar", &ada).to(["me"]).await;

    // The second sign-in, from a known device, is the typical one.
    let sign_in = json!({ "email": ada.email, "password": PASSWORD });
    anyone.post("/api/sessions/login", sign_in).await.ok();
    let session = story.send("login", &anyone).await;
    let refresh = session["refreshToken"].clone();
    story.send("refreshTokens", &anyone).set("refreshToken", refresh).await;
    story.send("listSessions", &ada).to([&me]).variant("three").await;
    let second = ada.with_token(session["accessToken"].as_str().expect("a token"));
    story.send("logout", &second).await;
    story.send("listMyLoginHistory", &ada).await;
    story.send("listMyImpersonations", &ada).await;
    second_factor(story, &ada).await;
    let notices = story.send("listNotifications", &ada).await;
    let notice = notices["data"][0]["id"]
        .as_str()
        .expect("enabling the second factor sends a notification")
        .to_owned();
    story.send("markNotificationRead", &ada).to([&notice]).await;

    story.send("submitIdentityVerification", &ada).await;
    story.send("submitStudentVerification", &ada).await;

    story.send("requestDataExport", &ada).await;
    world.settle().await;
    let jobs = story.send("listDataExports", &ada).await;
    story.send("downloadDataExport", &ada).to([&id(&jobs["data"][0])]).await;

    story.send("requestAccountDeletion", &ada).await;
    story.send("getAccountDeletion", &ada).await;
    story.send("cancelAccountDeletion", &ada).await;
    let zoe = world.person("Zoe").await;
    zoe.post("/api/users/me/deletion-request", json!({})).await.ok();
    let link = token(&email_text(world, &zoe.id.to_string(), "deletion-requested").await);
    story.send("showCancelDeletionPage", &anyone).to([&link]).await;
    story.send("cancelDeletionByLink", &anyone).to([&link]).await;

    let bob = world.person("Bob").await;
    story.send("logoutAllSessions", &bob).await;
    let mut carol = world.person("Carol").await;
    story.send("revokeSessions", &carol).to([&carol.id.to_string()]).await;
    world.advance(MINUTE);
    carol.renew().await;
}

async fn second_factor<'w>(story: &mut Story<'w, '_>, ada: &Someone<'w>) {
    let world = story.world;
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
    let begun = story.send("startTwoFactor", ada).await;
    let secret = begun["secret"].as_str().expect("a secret").to_owned();
    story.send("confirmTwoFactor", ada).set("code", shown(&secret)).await;
    world.advance(30 * SECOND);
    story.send("disableTwoFactor", ada).set("code", shown(&secret)).await;
}
