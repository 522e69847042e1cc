//! `GET /api/admin/users/{id}`: one user, limited to what the caller may see, and never a secret.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use provost_domain::{BuiltInRole, Permission, profile::Profile, time::DAY};
use serde_json::{Value, json};

use crate::world;

#[tokio::test]
async fn an_administrator_sees_the_account_its_security_and_its_history() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let mut tx = world.app.transaction();
    tx.save_profile(
        ada.id,
        &Profile {
            bio: Some("Counts.".into()),
            billing_city: Some("London".into()),
            ..Profile::default()
        },
    )
    .expect("a profile");
    tx.commit().await.expect("the table responds");
    grace
        .post(
            &format!("/api/admin/users/{}/ban", ada.id),
            json!({"type": "temporary", "durationDays": 3, "reason": "spam"}),
        )
        .await
        .ok();
    world.interceptor.reset();
    let reply = grace.get(&format!("/api/admin/users/{}", ada.id)).await;
    let requests = world.interceptor.spent().requests();
    let user = reply.ok();
    assert_eq!(
        requests,
        4,
        "access check, account with profile, entries, and their users: {:?}",
        world.interceptor.log()
    );
    assert_eq!(reply.header("etag"), "\"2\"");
    assert_eq!(
        (&user["id"], &user["status"], &user["version"]),
        (&ada.id.to_string().into(), &"suspended".into(), &2.into())
    );
    assert_eq!(
        (&user["suspension"]["kind"], &user["suspension"]["reason"], &user["banReason"]),
        (&"ban".into(), &"spam".into(), &"spam".into())
    );
    assert_eq!(
        user["security"],
        json!({"lockedUntil": null, "failedLoginAttempts": 0, "sessionCount": 0, "apiKeyCount": 0})
    );
    assert_eq!(
        (&user["profile"]["bio"], &user["profile"]["billingCity"]),
        (&"Counts.".into(), &"London".into())
    );
    assert_eq!((&user["permissions"], &user["deletion"]), (&json!([]), &Value::Null));
    assert_eq!(
        (
            &user["activity"][0]["action"],
            &user["activity"][0]["actor"]["id"],
            &user["activity"][0]["target"]
        ),
        (&"user.banned".into(), &grace.id.to_string().into(), &ada.id.to_string().into())
    );
    assert!(user.get("redacted").is_none());
}

#[tokio::test]
async fn fields_the_caller_may_not_see_are_omitted_and_listed() {
    let world = world().await;
    let (sam, ada) = (world.staff("sam", BuiltInRole::Staff).await, world.person("ada").await);
    let mut tx = world.app.transaction();
    tx.save_profile(ada.id, &full_profile()).expect("a profile");
    tx.commit().await.expect("the table responds");
    world.edit(ada.id, |ada| ada.phone = Some("+442079460000".parse().expect("a number"))).await;
    let user = sam.get(&format!("/api/admin/users/{}", ada.id)).await.ok();
    let hidden =
        ["lastLoginAt", "lastLoginIp", "security", "permissions", "activity"].map(str::to_owned);
    let details = [
        "address",
        "address2",
        "billingCompany",
        "billingCity",
        "billingState",
        "billingZip",
        "phone",
        "dateOfBirth",
        "settings",
    ];
    let named: Vec<String> =
        hidden.into_iter().chain(details.map(|field| format!("profile.{field}"))).collect();
    assert_eq!(user["redacted"], json!(named));
    for field in ["lastLoginAt", "lastLoginIp", "security", "permissions", "activity"] {
        assert!(user.get(field).is_none(), "{field}");
    }
    for field in details.into_iter().chain(["avatarKey", "activeOrganisation"]) {
        assert!(user["profile"].get(field).is_none(), "{field}");
    }
    assert_eq!(user["profile"]["bio"], "Counts.");
    world
        .edit(sam.id, |sam| {
            sam.grants.extend([
                Permission::SessionRead,
                Permission::RoleRead,
                Permission::AuditRead,
                Permission::BillingRead,
                Permission::UserUpdate,
            ])
        })
        .await;
    let user = sam.get(&format!("/api/admin/users/{}", ada.id)).await.ok();
    assert!(user.get("redacted").is_none());
    assert_eq!(
        (&user["profile"]["billingCity"], &user["profile"]["dateOfBirth"]),
        (&"London".into(), &"1990-12-10".into())
    );
    assert_eq!(user["profile"]["phone"], "+442079460000");
    assert!(user["profile"].get("avatarKey").is_none());
}

/// A complete profile.
fn full_profile() -> Profile {
    let some = |text: &str| Some(text.to_owned());
    Profile {
        date_of_birth: some("1990-12-10"),
        address: some("12 St James's Square"),
        address2: some("Top floor"),
        billing_company: some("Analytical Engines"),
        billing_city: some("London"),
        billing_state: some("Greater London"),
        billing_zip: some("SW1Y 4JH"),
        billing_country: "GB".parse().ok(),
        avatar_key: some("users/x/avatar/1.png"),
        bio: some("Counts."),
        settings: serde_json::from_value(json!({"theme": "dark"})).expect("settings"),
        ..Profile::default()
    }
}

#[tokio::test]
async fn an_avatar_is_returned_as_a_working_url_and_never_as_its_key() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let mut tx = world.app.transaction();
    tx.save_profile(ada.id, &full_profile()).expect("a profile");
    tx.commit().await.expect("the table responds");
    let user = grace.get(&format!("/api/admin/users/{}", ada.id)).await.ok();
    assert!(
        user["profile"]["avatarUrl"].as_str().is_some_and(|url| url.contains("X-Amz-Expires=60")),
        "{}",
        user["profile"]
    );
}

#[tokio::test]
async fn the_flags_of_an_account_are_shown_to_staff() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let path = format!("/api/admin/users/{}", ada.id);
    let mut tx = world.app.transaction();
    tx.save_profile(
        ada.id,
        &Profile { date_of_birth: Some("2015-01-01".into()), ..Profile::default() },
    )
    .expect("a profile");
    tx.commit().await.expect("the table responds");
    let flags = |user: &Value| {
        [
            "suspended",
            "supportBanned",
            "demoUsed",
            "age",
            "isChildAccount",
            "isAdmin",
            "displayName",
        ]
        .map(|field| user[field].clone())
    };
    let name = world.user(ada.id).await.expect("ada").name();
    assert_eq!(
        flags(&grace.get(&path).await.ok()),
        [
            json!(false),
            json!(false),
            json!(false),
            json!(11),
            json!(true),
            json!(false),
            json!(name)
        ]
    );
    world
        .edit(ada.id, |ada| {
            (ada.support_banned, ada.demo_used, ada.display_name) =
                (true, true, Some("Ada L.".into()));
        })
        .await;
    grace
        .post(
            &format!("{path}/ban"),
            json!({"type": "temporary", "durationDays": 3, "reason": "spam"}),
        )
        .await
        .ok();
    assert_eq!(
        flags(&grace.get(&path).await.ok()),
        [
            json!(true),
            json!(true),
            json!(true),
            json!(11),
            json!(true),
            json!(false),
            json!("Ada L.")
        ]
    );
}

#[tokio::test]
async fn past_suspensions_are_kept_with_the_account() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let path = format!("/api/admin/users/{}", ada.id);
    let pseudonym = world.user(grace.id).await.expect("grace").pseudonym;
    for n in 1..=12 {
        grace
            .post(
                &format!("{path}/ban"),
                json!({"type": "permanent", "reason": format!("spam {n}")}),
            )
            .await
            .ok();
        world.advance(1000);
        grace.delete(&format!("{path}/ban?reason=appeal")).await.ok();
    }
    let now = world.app.now();
    let user = grace.get(&path).await.ok();
    assert_eq!(
        (&user["suspension"], user["pastSuspensions"].as_array().map(Vec::len)),
        (&Value::Null, Some(10))
    );
    assert_eq!(
        user["pastSuspensions"][0],
        json!({"kind": "ban", "reason": "spam 12", "by": pseudonym, "at": now.plus(-1000), "expiresAt": null, "endedAt": now})
    );
    // An expired suspension ended at its expiry, not when it was noticed.
    grace
        .post(
            &format!("{path}/ban"),
            json!({"type": "temporary", "durationDays": 1, "reason": "spam again"}),
        )
        .await
        .ok();
    world.advance(2 * DAY);
    let grace = world.staff("rosa", BuiltInRole::Admin).await;
    grace
        .post(&format!("{path}/ban"), json!({"type": "permanent", "reason": "and again"}))
        .await
        .ok();
    let user = grace.get(&path).await.ok();
    assert_eq!(
        (
            &user["pastSuspensions"][0]["reason"],
            &user["pastSuspensions"][0]["endedAt"],
            &user["suspension"]["reason"]
        ),
        (&json!("spam again"), &json!(now.plus(DAY)), &json!("and again"))
    );
}

#[tokio::test]
async fn a_user_is_found_by_every_identifier() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let unique_id = world.user(ada.id).await.expect("ada").unique_id;
    for name in
        [ada.id.to_string(), format!("email:{}", ada.email), format!("unique_id:{unique_id}")]
    {
        assert_eq!(
            grace.get(&format!("/api/admin/users/{name}")).await.ok()["id"],
            ada.id.to_string(),
            "{name}"
        );
    }
    assert_eq!(grace.get("/api/admin/users/me").await.ok()["id"], grace.id.to_string());
}

#[tokio::test]
async fn a_user_is_shown_only_to_staff_and_only_if_they_exist() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let path = format!("/api/admin/users/{}", ada.id);
    world.anyone().get(&path).await.is(401, "UNAUTHENTICATED");
    ada.get(&path).await.is(403, "ADMIN_REQUIRED");
    for nobody in [
        "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "exp_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "17",
        "email:nobody@example.org",
        "email:nobody",
        "phone:1",
    ] {
        grace.get(&format!("/api/admin/users/{nobody}")).await.is(404, "INVALID_USER_ID");
    }
    grace.get(&format!("{path}?full=true")).await.is(400, "UNKNOWN_PARAMETER");
}

/// A secret in the encoding in which it would be written.
fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[tokio::test]
async fn no_response_contains_a_secret() {
    let world = world().await;
    let (joan, ada) =
        (world.staff("joan", BuiltInRole::RootAdmin).await, world.person("ada").await);
    let user = world.user(ada.id).await.expect("ada");
    let session = &user.sessions[&ada.session.expect("a session")];
    let hash = world
        .app
        .store()
        .credential(ada.id)
        .await
        .expect("the table responds")
        .expect("a credential")
        .password_hash;
    let secrets = [
        hash,
        "$argon2".to_owned(),
        encode(user.subject_key.0),
        encode(session.family.0),
        encode(session.refresh.0),
        user.pseudonym.to_string(),
        "subjectKey".to_owned(),
        "passwordHash".to_owned(),
        "digest".to_owned(),
        "knownDevices".to_owned(),
    ];
    let id = ada.id;
    let mut answers = Vec::new();
    for path in ["", "/sessions", "/login-history"] {
        answers.push(joan.get(&format!("/api/admin/users/{id}{path}")).await);
    }
    answers.push(
        joan.patch(
            &format!("/api/admin/users/{id}/role"),
            json!({"role": "STAFF", "reason": "hired"}),
        )
        .await,
    );
    answers.push(joan.post(&format!("/api/admin/users/{id}/reset-password"), json!({})).await);
    answers.push(
        joan.post(
            &format!("/api/admin/users/{id}/ban"),
            json!({"type": "permanent", "reason": "spam"}),
        )
        .await,
    );
    answers.push(joan.delete(&format!("/api/admin/users/{id}/ban")).await);
    answers.push(joan.get(&format!("/api/admin/users/{id}")).await);
    for answer in answers {
        answer.ok();
        for secret in &secrets {
            assert!(
                !answer.text().contains(secret),
                "{} returns {secret}: {}",
                answer.asked,
                answer.text()
            );
        }
    }
}
