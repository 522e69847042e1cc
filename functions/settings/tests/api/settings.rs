//! Settings: values, versions, and where they apply.

use std::collections::BTreeMap;

use provost_domain::{
    ApiKeyId, BuiltInRole,
    api_key::{LAST_USE_EVERY, LiveKey},
    mail::{Template, content::Language},
};
use provost_operations::mail::Design;
use provost_testkit::{Someone, World, people::PASSWORD};
use serde_json::{Value, json};

use crate::support::world;

const SETTINGS: &str = "/api/admin/settings";

async fn root(world: &World) -> Someone<'_> {
    world.staff("root", BuiltInRole::RootAdmin).await
}

async fn change(root: &Someone<'_>, name: &str, value: Value) -> Value {
    root.put(&format!("{SETTINGS}/{name}"), json!({ "value": value })).await.ok()
}

fn newcomer(email: &str, password: &str) -> Value {
    json!({ "email": email, "password": password, "firstName": "Ada", "lastName": "Lindqvist" })
}

#[tokio::test]
async fn every_setting_has_a_value_a_default_a_schema_and_a_version() {
    let world = world().await;
    let list = root(&world).await.get(SETTINGS).await.ok();
    let names: Vec<_> = list["data"].as_array().unwrap().iter().map(|s| &s["name"]).collect();
    assert_eq!(
        names,
        [
            "registration",
            "features",
            "passwords",
            "staffSecondFactor",
            "retention",
            "fraudRules",
            "brand",
            "bulkApproval"
        ]
    );
    for setting in list["data"].as_array().unwrap() {
        assert_eq!((&setting["value"], &setting["version"]), (&setting["default"], &json!(1)));
        let properties = setting["schema"]["properties"].as_object().unwrap();
        for field in setting["value"].as_object().unwrap().keys() {
            assert!(properties.contains_key(field), "{field} in {setting}");
        }
    }
}

#[tokio::test]
async fn a_change_increases_the_version_and_leaves_other_settings_alone() {
    let world = world().await;
    let root = root(&world).await;
    let retention = json!({ "deletionGraceDays": 30, "verificationImageDays": 7 });
    let changed = change(&root, "retention", retention.clone()).await;
    assert_eq!((&changed["value"], &changed["version"]), (&retention, &json!(2)));
    let read = root.get(&format!("{SETTINGS}/retention")).await;
    assert_eq!((read.header("etag"), &read.ok()["value"]), ("\"2\"".to_owned(), &retention));
    let other = root.get(&format!("{SETTINGS}/registration")).await.ok();
    assert_eq!((&other["version"], &other["value"]["open"]), (&json!(1), &json!(true)));
    let settings = world.app.store().settings().await.unwrap();
    assert_eq!((settings.deletion_grace_days, settings.verification_retention_days), (30, 7));
    let same = change(&root, "retention", retention).await;
    assert_eq!(same["version"], 2, "the same value is no change");
}

#[tokio::test]
async fn a_stale_change_is_refused_with_both_versions() {
    let world = world().await;
    let root = root(&world).await;
    let first = root.with_header("if-match", "\"1\"");
    let path = format!("{SETTINGS}/features");
    first.put(&path, json!({ "value": { "dns": false } })).await.ok();
    let refused = first.put(&path, json!({ "value": { "dns": true } })).await;
    let refused = refused.is(412, "STALE_VERSION");
    assert_eq!((&refused["version"], &refused["ifMatch"]), (&json!(2), &json!("\"1\"")));
    assert!(!world.app.store().settings().await.unwrap().dns);
}

#[tokio::test]
async fn two_changes_at_once_both_count_and_neither_is_lost() {
    let world = world().await;
    let root = root(&world).await;
    let retention = json!({ "deletionGraceDays": 1, "verificationImageDays": 1 });
    tokio::join!(
        change(&root, "features", json!({ "dns": false })),
        change(&root, "retention", retention),
    );
    let settings = world.app.store().settings().await.unwrap();
    assert_eq!((settings.dns, settings.deletion_grace_days), (false, 1));
    assert_eq!((settings.features_version, settings.retention_version), (2, 2));
}

#[tokio::test]
async fn emails_are_written_with_the_changed_brand() {
    let world = world().await;
    let root = root(&world).await;
    let brand = json!({
        "name": "Acme, Inc.",
        "logoUrl": "https://acme.example/logo.png",
        "colour": "#AA0011",
        "footer": " 1 Main Street "
    });
    let changed = change(&root, "brand", brand).await;
    let stored = json!({
        "name": "Acme, Inc.",
        "logoUrl": "https://acme.example/logo.png",
        "colour": "#aa0011",
        "footer": "1 Main Street"
    });
    assert_eq!((&changed["value"], &changed["version"]), (&stored, &json!(2)));
    let read = root.get(&format!("{SETTINGS}/brand")).await.ok();
    assert_eq!(read["value"], stored, "what is shown is what is stored");
    let design =
        Design::of(world.app.store(), Template::AccountRestored, Language::English).await.unwrap();
    let values = BTreeMap::from([("firstName", None)]);
    let email = design.render(values, "https://provost.example", None).unwrap();
    for part in ["https://acme.example/logo.png", "#aa0011", "1 Main Street"] {
        assert!(email.html.contains(part), "{part} in {}", email.html);
    }
    assert!(email.text.contains("1 Main Street"), "{}", email.text);
}

#[tokio::test]
async fn an_invalid_value_is_refused_by_field_and_changes_nothing() {
    let world = world().await;
    let root = root(&world).await;
    for (name, value, field, code) in [
        (
            "retention",
            json!({ "deletionGraceDays": 366, "verificationImageDays": 1 }),
            "value.deletionGraceDays",
            "out_of_range",
        ),
        ("retention", json!({ "deletionGraceDays": 3 }), "value.verificationImageDays", "required"),
        ("features", json!({ "dns": true, "dsn": true }), "value.dsn", "unknown"),
        ("features", json!({ "dns": "yes" }), "value.dns", "invalid"),
        ("passwords", json!({ "policy": "none" }), "value.policy", "unknown_value"),
        ("passwords", json!({}), "value.policy", "required"),
        ("brand", json!({ "name": "Acme", "colour": "red" }), "value.colour", "invalid"),
        ("brand", json!({ "name": "Acme" }), "value.colour", "required"),
        (
            "brand",
            json!({ "name": "Acme\r\nBcc: x@example.org", "colour": "#000000" }),
            "value.name",
            "invalid",
        ),
        ("brand", json!({ "name": "Acme\u{0}", "colour": "#000000" }), "value.name", "invalid"),
        (
            "brand",
            json!({ "name": "Acme", "colour": "#000000", "logoUrl": "http://acme.example/a.png" }),
            "value.logoUrl",
            "invalid",
        ),
        (
            "registration",
            json!({ "open": true, "blockedCountries": ["Narnia"], "birthDateCountries": [], "minimumAges": {} }),
            "value.blockedCountries[0]",
            "invalid",
        ),
        ("fraudRules", json!({ "version": 9 }), "value.version", "unknown"),
        ("fraudRules", json!({ "raiseAt": 0 }), "value.raiseAt", "out_of_range"),
    ] {
        let refused = root.put(&format!("{SETTINGS}/{name}"), json!({ "value": value })).await;
        let refused = refused.is(422, "VALIDATION_FAILED");
        assert_eq!(
            (&refused["errors"][0]["field"], &refused["errors"][0]["code"]),
            (&json!(field), &json!(code)),
            "{name}"
        );
    }
    root.put(&format!("{SETTINGS}/weather"), json!({ "value": {} })).await.is(404, "NOT_FOUND");
    let list = root.get(SETTINGS).await.ok();
    assert!(list["data"].as_array().unwrap().iter().all(|setting| setting["version"] == 1));
}

#[tokio::test]
async fn settings_are_for_staff_with_the_permission() {
    let world = world().await;
    world.anyone().get(SETTINGS).await.is(401, "UNAUTHENTICATED");
    world.person("ada").await.get(SETTINGS).await.is(403, "ADMIN_REQUIRED");
    let staff = world.staff("sam", BuiltInRole::Staff).await;
    staff.get(SETTINGS).await.is(403, "PERMISSION_DENIED");
    let body = json!({ "value": { "dns": false } });
    staff.put(&format!("{SETTINGS}/features"), body).await.is(403, "PERMISSION_DENIED");
}

#[tokio::test]
async fn closed_registration_refuses_the_next_newcomer() {
    let world = world().await;
    let root = root(&world).await;
    let mut rules = root.get(&format!("{SETTINGS}/registration")).await.ok()["value"].clone();
    rules["open"] = json!(false);
    change(&root, "registration", rules).await;
    let ada = newcomer("ada@user.example", "Wintry-Harbour-9");
    let refused = world.anyone().post("/api/users/register", ada).await;
    refused.is(403, "REGISTRATION_DISABLED");
}

#[tokio::test]
async fn the_password_policy_applies_to_new_passwords_only() {
    let world = world().await;
    let root = root(&world).await;
    let short = newcomer("ada@user.example", "Wintry-9");
    change(&root, "passwords", json!({ "policy": "length-only" })).await;
    let refused = world.anyone().post("/api/users/register", short.clone()).await;
    let refused = refused.is(422, "VALIDATION_FAILED");
    assert_eq!(refused["errors"][0]["code"], "too_short");
    let grace = world.person("grace").await;
    let body = json!({ "password": "Wintry-9", "currentPassword": PASSWORD });
    let refused = grace.put("/api/users/me", body).await.is(422, "VALIDATION_FAILED");
    assert_eq!(refused["errors"][0]["code"], "too_short");
    let signed_in = json!({ "email": grace.email, "password": PASSWORD });
    world.anyone().post("/api/sessions/login", signed_in).await.ok();
    change(&root, "passwords", json!({ "policy": null })).await;
    world.anyone().post("/api/users/register", short).await.status(201);
}

#[tokio::test]
async fn staff_without_a_second_factor_have_no_staff_permissions_while_one_is_required() {
    let world = world().await;
    let root = root(&world).await;
    let admin = world.staff("admin", BuiltInRole::Admin).await;
    let sign_in = async || {
        let body = json!({ "email": admin.email, "password": PASSWORD });
        let signed_in = world.anyone().post("/api/sessions/login", body).await.ok();
        admin.with_token(signed_in["accessToken"].as_str().unwrap())
    };
    change(&root, "staffSecondFactor", json!({ "required": true })).await;
    let lacking = sign_in().await;
    lacking.get(SETTINGS).await.is(401, "SECOND_FACTOR_REQUIRED");
    lacking.get("/api/users/me").await.ok();
    world.edit(admin.id, |user| user.two_factor_enabled = true).await;
    lacking.get(SETTINGS).await.ok();
    world.edit(admin.id, |user| user.two_factor_enabled = false).await;
    lacking.get(SETTINGS).await.is(401, "SECOND_FACTOR_REQUIRED");
    change(&root, "staffSecondFactor", json!({ "required": false })).await;
    sign_in().await.get(SETTINGS).await.ok();
}

#[tokio::test]
async fn the_rule_about_the_second_factor_holds_for_the_keys_of_staff_who_never_sign_in() {
    let world = world().await;
    let root = root(&world).await;
    let admin = world.staff("admin", BuiltInRole::Admin).await;
    let (id, key) = (world.app.id(ApiKeyId::new), provost_auth::secret::api_key(admin.id).unwrap());
    let live = LiveKey {
        digest: provost_auth::secret::digest_of(&key),
        scopes: None,
        self_read: false,
        expires_at: None,
        last_used_at: None,
    };
    world.edit(admin.id, |user| drop(user.api_keys.insert(id, live))).await;
    let by_key = world.anyone().with_token(&key);
    by_key.get(SETTINGS).await.ok();
    change(&root, "staffSecondFactor", json!({ "required": true })).await;
    world.advance(LAST_USE_EVERY);
    by_key.get(SETTINGS).await.is(401, "SECOND_FACTOR_REQUIRED");
    assert!(world.user(admin.id).await.unwrap().lacks_second_factor);
    by_key.get(SETTINGS).await.is(401, "SECOND_FACTOR_REQUIRED");
    change(&root, "staffSecondFactor", json!({ "required": false })).await;
    world.advance(LAST_USE_EVERY);
    by_key.get(SETTINGS).await.ok();
}

#[tokio::test]
async fn a_promotion_withholds_staff_permissions_while_staff_need_a_second_factor() {
    let world = world().await;
    let root = root(&world).await;
    let grace = world.person("grace").await;
    change(&root, "staffSecondFactor", json!({ "required": true })).await;
    let role = format!("/api/admin/users/{}/role", grace.id);
    root.patch(&role, json!({ "role": "admin", "reason": "hired" })).await.ok();
    grace.get(SETTINGS).await.is(401, "SECOND_FACTOR_REQUIRED");
    world.edit(grace.id, |user| user.two_factor_enabled = true).await;
    grace.get(SETTINGS).await.ok();
}
