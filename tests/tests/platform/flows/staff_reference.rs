//! The reference of the staff API, walked through from its first route to its last as a user, an
//! administrator and a super administrator, with each parameter and each code that it documents.

use provost_domain::BuiltInRole;
use provost_testkit::{Someone, World};
use serde_json::{Value, json};

const WHY: &str = "As the reference says";
const NOBODY: &str = "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV";

/// The three callers of the reference, and two users.
struct People<'w> {
    world: &'w World,
    user: Someone<'w>,
    admin: Someone<'w>,
    owner: Someone<'w>,
    other: Someone<'w>,
}

impl People<'_> {
    /// A route for staff: callers who are signed out and other users are refused.
    async fn only_staff(&self, path: &str) {
        self.world.anyone().get(path).await.is(401, "UNAUTHENTICATED");
        self.user.get(path).await.is(403, "ADMIN_REQUIRED");
        self.admin.get(path).await.ok();
        self.owner.get(path).await.ok();
    }

    /// Each of these parameters is accepted, and one that does not exist is refused.
    async fn takes(&self, path: &str, parameters: &[&str]) {
        for parameter in parameters {
            self.owner.get(&format!("{path}?{parameter}")).await.ok();
        }
        self.owner.get(&format!("{path}?colour=red")).await.is(400, "UNKNOWN_PARAMETER");
    }
}

fn id(body: &Value) -> String {
    body["id"].as_str().unwrap_or_else(|| panic!("no id in {body}")).to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_reference_of_the_staff_api_is_walked_through() {
    let world = crate::world().await;
    world.app.store().seed_plans(world.app.now()).await.expect("the table responds");
    let people = People {
        user: world.person("Ursula").await,
        admin: world.staff("Amir", BuiltInRole::Admin).await,
        owner: world.staff("Sol", BuiltInRole::RootAdmin).await,
        other: world.person("Otto").await,
        world: &world,
    };
    users(&people).await;
    roles(&people).await;
    sessions(&people).await;
    moderation(&people).await;
    products(&people).await;
    emails(&people).await;
    logs(&people).await;
    awards(&people).await;
    storage(&people).await;
    deletion(&people).await;
}

async fn users(people: &People<'_>) {
    let list = "/api/admin/users";
    people.only_staff(list).await;
    people
        .takes(
            list,
            &[
                "page=1",
                "limit=50",
                "search=otto",
                "role=USER",
                "role=ADMIN",
                "role=SUPERADMIN",
                "status=active",
                "status=banned",
                "status=suspended",
                "createdAfter=2026-01-01",
                "sort=recent",
                "sort=active",
                "sort=storage-usage",
            ],
        )
        .await;
    for (upper, own) in [("USER", "user"), ("ADMIN", "admin"), ("SUPERADMIN", "rootAdmin")] {
        let names = async |role: &str| {
            people.admin.get(&format!("{list}?role={role}&limit=200")).await.ok()["data"].clone()
        };
        assert_eq!(names(upper).await, names(own).await, "{upper} is {own}");
    }
    let url_id = people.world.user(people.other.id).await.expect("the account").unique_id;
    for found in ["otto", people.other.email.as_str(), url_id.as_str()] {
        let rows = people.admin.get(&format!("{list}?search={found}")).await.ok()["data"].clone();
        assert_eq!(rows[0]["id"], json!(people.other.id), "{found}");
    }
    let path = format!("{list}/{}", people.other.id);
    people.only_staff(&path).await;
    people.admin.get(&format!("{list}/{NOBODY}")).await.is(404, "INVALID_USER_ID");

    let ban = format!("{path}/ban");
    let body = json!({ "type": "temporary", "durationDays": 3, "reason": WHY, "notifyUser": true });
    people.user.post(&ban, body.clone()).await.is(403, "ADMIN_REQUIRED");
    let banned = people.admin.post(&ban, body.clone()).await.ok();
    assert_eq!(
        (&banned["userId"], &banned["banType"], &banned["reversible"]),
        (&json!(people.other.id), &json!("temporary"), &json!(true))
    );
    people.admin.post(&ban, body.clone()).await.is(409, "INVALID_ACTION");
    people.admin.delete_with(&ban, json!({ "reason": WHY })).await.ok();
    let own = format!("{list}/{}/ban", people.admin.id);
    people.admin.post(&own, body.clone()).await.is(409, "CANNOT_MODIFY_SELF");
    let missing = format!("{list}/{NOBODY}/ban");
    people.admin.post(&missing, body.clone()).await.is(404, "INVALID_USER_ID");
    let above = format!("{list}/{}/ban", people.owner.id);
    people.admin.post(&above, body).await.is(403, "OUTRANKED");

    let reset = format!("{path}/reset-password");
    let body = json!({ "sendEmail": true, "reason": WHY });
    people.user.post(&reset, body.clone()).await.is(403, "ADMIN_REQUIRED");
    let answer = people.admin.post(&reset, body).await;
    assert!(answer.status.is_success(), "{}", answer.text());
    assert!(!answer.text().contains("oken"), "the link is for its reader alone");
    people.world.settle().await;
}

/// Both spellings of a role are one role, and only a super administrator gives one.
async fn roles(people: &People<'_>) {
    let path = format!("/api/admin/users/{}/role", people.other.id);
    let body = |role: &str| json!({ "role": role, "reason": WHY });
    people.user.patch(&path, body("ADMIN")).await.is(403, "ADMIN_REQUIRED");
    people.admin.patch(&path, body("ADMIN")).await.is(403, "SUPERADMIN_REQUIRED");
    for (given, shown) in [
        ("ADMIN", "admin"),
        ("USER", "user"),
        ("SUPERADMIN", "rootAdmin"),
        ("admin", "admin"),
        ("rootAdmin", "rootAdmin"),
        ("user", "user"),
    ] {
        let changed = people.owner.patch(&path, body(given)).await.ok();
        assert_eq!(
            (&changed["userId"], &changed["newRole"]),
            (&json!(people.other.id), &json!(shown)),
            "{given}"
        );
    }
    people.owner.patch(&path, body("OWNER")).await.is(422, "VALIDATION_FAILED");
    let own = format!("/api/admin/users/{}/role", people.owner.id);
    people.owner.patch(&own, body("USER")).await.is(409, "CANNOT_MODIFY_SELF");
    let missing = format!("/api/admin/users/{NOBODY}/role");
    people.owner.patch(&missing, body("USER")).await.is(404, "INVALID_USER_ID");
}

async fn sessions(people: &People<'_>) {
    let world = people.world;
    let guest = world.person("Greta").await;
    let path = format!("/api/admin/users/{}", guest.id);
    people.only_staff(&format!("{path}/sessions")).await;
    people.takes(&format!("{path}/sessions"), &["page=1", "limit=50"]).await;
    people.only_staff(&format!("{path}/login-history")).await;
    people.takes(&format!("{path}/login-history"), &["page=1", "limit=50"]).await;
    let sign_in = json!({ "email": guest.email, "password": provost_testkit::people::PASSWORD });
    let session = world.anyone().post("/api/sessions/login", sign_in).await.ok();
    let session = session["sessionId"].as_str().expect("a session").to_owned();
    let revoke = format!("{path}/sessions/{session}/revoke");
    people.user.post(&revoke, json!({ "reason": WHY })).await.is(403, "ADMIN_REQUIRED");
    people.admin.post(&revoke, json!({ "reason": WHY })).await.ok();
    guest.get("/api/users/me").await.ok();
    let all = format!("/api/users/{}/sessions", guest.id);
    people.admin.delete_with(&all, json!({ "reason": WHY })).await.ok();
    guest.get("/api/users/me").await.is(401, "SESSION_ENDED");
    let avatar = format!("/api/users/{}/avatar", guest.id);
    let removed = people.admin.delete_with(&avatar, json!({ "reason": WHY })).await;
    assert!(removed.status.is_success(), "{}", removed.text());
}

async fn moderation(people: &People<'_>) {
    let world = people.world;
    let (author, reporter) = (world.person("Alba").await, world.person("Rafa").await);
    let digest = provost_auth::secret::hex_digest("la la la");
    let new = json!({ "name": "a.mp3", "contentType": "audio/mpeg", "size": 8, "sha256": digest });
    let file = id(&author.post("/api/files", new).await.status(201));
    let report = json!({ "contentId": file, "category": "spam", "reason": "A stolen song." });
    let report = id(&reporter.post("/api/reports", report).await.status(201));

    people.only_staff("/api/admin/reports").await;
    people
        .takes(
            "/api/admin/reports",
            &[
                "type=content",
                "type=user",
                "status=open",
                "status=investigating",
                "status=resolved",
                "status=dismissed",
                "severity=low",
                "severity=medium",
                "severity=high",
                "page=1",
                "limit=50",
            ],
        )
        .await;
    let path = format!("/api/admin/reports/{report}");
    people.only_staff(&path).await;
    let body = |status: &str| json!({ "status": status, "notes": WHY, "reason": WHY });
    people.user.patch(&path, body("investigating")).await.is(403, "ADMIN_REQUIRED");
    people.admin.patch(&path, body("investigating")).await.ok();

    let flag = format!("/api/admin/files/{file}/flag");
    people.user.post(&flag, json!({ "reason": WHY })).await.is(403, "ADMIN_REQUIRED");
    people.admin.post(&flag, json!({ "reason": WHY, "notes": "See the report." })).await.ok();
    people.only_staff("/api/admin/files/flagged").await;
    people.takes("/api/admin/files/flagged", &["page=1", "limit=50", "reason=reference"]).await;
    let unflag = format!("/api/admin/files/{file}/unflag");
    people.admin.post(&unflag, json!({ "reason": WHY })).await.ok();
    for (kind, flagged) in [("FILE", true), ("file", false)] {
        let body = json!({
            "contentType": kind, "contentId": file, "flagged": flagged, "reason": WHY,
        });
        people.admin.post("/api/admin/content/flag", body).await.ok();
    }
    let content = format!("/api/admin/content/{file}");
    people.user.delete_with(&content, json!({ "reason": WHY })).await.is(403, "ADMIN_REQUIRED");
    people.admin.delete_with(&content, json!({ "reason": WHY, "notifyUser": true })).await.ok();
    people.admin.patch(&path, body("resolved")).await.ok();

    let answers = json!({
        "reason": "I have maintained the song archive since 2019, and people look for me.",
    });
    let application = json!({ "type": "verification", "answers": answers });
    let application = id(&author.post("/api/applications", application).await.status(201));
    people.only_staff("/api/admin/applications").await;
    people
        .takes(
            "/api/admin/applications",
            &[
                "type=staff",
                "type=partner",
                "type=verification",
                "type=ban_appeal",
                "status=pending",
                "status=reviewing",
                "status=approved",
                "status=rejected",
                "page=1",
                "limit=50",
            ],
        )
        .await;
    let path = format!("/api/admin/applications/{application}");
    people.user.patch(&path, json!({ "status": "REVIEWING" })).await.is(403, "ADMIN_REQUIRED");
    for status in ["REVIEWING", "APPROVED"] {
        people.admin.patch(&path, json!({ "status": status, "notes": WHY })).await.ok();
    }
    people.admin.patch(&path, json!({ "status": "REJECTED" })).await.is(409, "INVALID_ACTION");
    world.settle().await;
}

async fn products(people: &People<'_>) {
    let products = "/api/admin/products";
    people.only_staff(products).await;
    let new = json!({
        "type": "plan", "name": "Team", "slug": "team", "price": 2900, "currency": "EUR",
        "billingInterval": "month", "portalTier": "paid", "reason": WHY,
        "limits": { "storageBytes": 1_073_741_824_u64 },
    });
    people.user.post(products, new.clone()).await.is(403, "ADMIN_REQUIRED");
    people.admin.post(products, new.clone()).await.is(403, "SUPERADMIN_REQUIRED");
    let product = id(&people.owner.post(products, new).await.status(201));
    let path = format!("{products}/{product}");
    let change = json!({ "price": 3100, "reason": WHY });
    people.admin.patch(&path, change.clone()).await.is(403, "SUPERADMIN_REQUIRED");
    people.owner.patch(&path, change).await.ok();
    people.owner.post(&format!("{path}/sync"), json!({ "reason": WHY })).await.ok();
    people.owner.delete_with(&path, json!({ "reason": WHY })).await.ok();

    let subscription = format!("/api/admin/users/{}/subscription", people.other.id);
    people.user.get(&subscription).await.is(403, "ADMIN_REQUIRED");
    people.admin.get(&subscription).await.is(404, "NOT_FOUND");
    people.only_staff("/api/admin/revenue").await;
    people
        .takes(
            "/api/admin/revenue",
            &[
                "period=day",
                "period=month",
                "period=year",
                "startDate=2026-11-01&endDate=2026-11-20",
            ],
        )
        .await;
    let codes = "/api/admin/promo-codes";
    people.only_staff(codes).await;
    let code = json!({ "code": "REFERENCE", "discountPercent": 10, "reason": WHY });
    people.admin.post(codes, code.clone()).await.is(403, "SUPERADMIN_REQUIRED");
    let code = id(&people.owner.post(codes, code).await.status(201));
    people.owner.delete_with(&format!("{codes}/{code}"), json!({ "reason": WHY })).await.ok();
}

async fn emails(people: &People<'_>) {
    let broadcast = "/api/admin/emails/broadcast";
    for filter in ["all", "verified", "unverified", "admin"] {
        let body = json!({
            "subject": "Maintenance", "body": "On Sunday.", "recipientFilter": filter,
            "dryRun": true,
        });
        people.admin.post(broadcast, body.clone()).await.is(403, "SUPERADMIN_REQUIRED");
        people.owner.post(broadcast, body).await.status(202);
    }
    people.world.settle().await;
    people.only_staff("/api/admin/emails/templates").await;
    let message = json!({ "to": [people.other.email], "subject": "Hello", "text": "Hello." });
    people.user.post("/api/admin/email/send", message.clone()).await.is(403, "ADMIN_REQUIRED");
    people.admin.post("/api/admin/email/send", message).await.status(202);
    people.world.settle().await;
    people.only_staff("/api/admin/email/stats").await;
    let logs = "/api/admin/email/logs";
    people.user.get(logs).await.is(403, "ADMIN_REQUIRED");
    people.admin.get(logs).await.is(403, "SUPERADMIN_REQUIRED");
    people.takes(logs, &["status=sent", "since=2026-11-01T00:00:00Z", "page=1", "limit=50"]).await;
}

async fn logs(people: &People<'_>) {
    for path in ["/api/admin/audit-logs", "/api/admin/audit/logs"] {
        people.only_staff(path).await;
        let admin = format!("admin={}", people.admin.id);
        let target = format!("target={}", people.other.id);
        people
            .takes(
                path,
                &[
                    "action=user.banned",
                    &admin,
                    &target,
                    "resourceType=user",
                    "from=2026-11-01&to=2026-11-20",
                    "success=true",
                    "success=false",
                    "page=1",
                    "limit=50",
                ],
            )
            .await;
    }
    people.only_staff("/api/admin/status").await;
    people.only_staff("/api/updates/check").await;
    let analytics = "/api/admin/analytics";
    people.only_staff(analytics).await;
    people
        .takes(
            analytics,
            &[
                "period=day",
                "period=week",
                "period=month",
                "period=year",
                "startDate=2026-11-01&endDate=2026-11-20",
            ],
        )
        .await;
}

async fn awards(people: &People<'_>) {
    let path = format!("/api/admin/users/{}", people.other.id);
    let verify = format!("{path}/verify");
    people.user.post(&verify, json!({ "reason": WHY })).await.is(403, "ADMIN_REQUIRED");
    people.admin.post(&verify, json!({ "reason": WHY })).await.ok();
    people.admin.delete_with(&verify, json!({ "reason": WHY })).await.ok();
    let grants = format!("{path}/grants");
    people.only_staff(&grants).await;
    let grant = json!({ "type": "storage", "amount": 1024, "reason": WHY });
    let grant = id(&people.admin.post(&grants, grant).await.status(201));
    people.admin.delete(&format!("{grants}?grantId={grant}")).await.ok();
}

async fn storage(people: &People<'_>) {
    let buckets = "/api/admin/storage/buckets";
    let world = people.world;
    people.user.get(buckets).await.is(403, "ADMIN_REQUIRED");
    world.app.store().s3().create_bucket().bucket("reference").send().await.expect("a bucket");
    let settings = world.emulators.settings();
    let mut body = json!({
        "name": "Reference", "bucket": "reference", "region": settings["AWS_REGION"],
        "endpoint": settings["AWS_ENDPOINT_URL_S3"], "accessKeyId": settings["AWS_ACCESS_KEY_ID"],
        "secretAccessKey": settings["AWS_SECRET_ACCESS_KEY"],
    });
    people.user.post(buckets, body.clone()).await.is(403, "ADMIN_REQUIRED");
    let bucket = id(&people.owner.post(buckets, body.clone()).await.status(201));
    let path = format!("{buckets}/{bucket}");
    for reply in [people.owner.get(buckets).await, people.owner.get(&path).await] {
        reply.ok();
        assert!(!reply.text().contains(&settings["AWS_SECRET_ACCESS_KEY"]), "{}", reply.text());
    }
    let tested = people.owner.post(&format!("{path}/test"), json!({})).await.ok();
    assert_eq!(tested["ok"], true, "{tested}");
    let name = body.as_object_mut().and_then(|body| body.remove("name")).expect("a name");
    let tested = people.owner.post("/api/admin/storage/test", body.clone()).await.ok();
    assert_eq!(tested["ok"], true, "{tested}");
    body["name"] = json!(format!("{name} of staff"));
    people.owner.put(&path, body).await.ok();

    let assign = format!("/api/admin/users/{}/storage", people.other.id);
    people.user.put(&assign, json!({ "bucketId": null })).await.is(403, "ADMIN_REQUIRED");
    let assigned = people.owner.put(&assign, json!({ "bucketId": bucket })).await.ok();
    assert_eq!(assigned["storageBucketId"], json!(bucket));
    world.settle().await;
    let mails =
        format!("/api/admin/email/logs?template=bucket-credentials&to={}", people.other.email);
    assert_eq!(people.owner.get(&mails).await.ok()["pagination"]["total"], 1);
    let cleared = people.owner.put(&assign, json!({ "bucketId": null })).await.ok();
    assert_eq!(cleared["storageBucketId"], Value::Null);
    let second = world.assign_bucket(people.user.id, "of-a-squad").await;
    let squad = json!({ "name": "Squad", "handle": "reference-squad" });
    let squad = id(&people.user.post("/api/organisations", squad).await.status(201));
    let assign = format!("/api/admin/storage/squads/{squad}");
    people.user.put(&assign, json!({ "bucketId": second })).await.is(403, "ADMIN_REQUIRED");
    for given in [json!(second), Value::Null] {
        let assigned = people.owner.put(&assign, json!({ "bucketId": given })).await.ok();
        assert_eq!(assigned["storageBucketId"], given);
    }
    people.user.delete(&path).await.is(403, "ADMIN_REQUIRED");
    people.owner.delete_with(&path, json!({ "reason": WHY })).await.status(204);

    let key = "/api/admin/system-key";
    people.user.get(key).await.is(403, "ADMIN_REQUIRED");
    people.admin.get(key).await.is(403, "SUPERADMIN_REQUIRED");
    let new = json!({ "name": "reference", "scopes": ["storage.read"], "reason": WHY });
    let made = people.owner.post(key, new).await.status(201);
    let secret = made["key"].as_str().expect("it is shown once").to_owned();
    assert!(secret.starts_with("esk_"));
    assert!(!people.owner.get(key).await.text().contains(&secret));
    for (integration, credentials) in [
        ("stripe", json!({ "secretKey": "sk_test_1" })),
        ("resend", json!({ "apiKey": "re_1" })),
        ("cloudflare", json!({ "apiToken": "cf_1" })),
        ("discord", json!({ "botToken": "bot_1", "serverId": "1" })),
        ("github", json!({ "pat": "github_pat_1" })),
        ("kener", json!({ "apiKey": "kn_1", "baseUrl": "https://status.example.net" })),
        (
            "smtp",
            json!({ "host": "mail.example.net", "port": "587", "user": "u", "password": "p" }),
        ),
    ] {
        let body = json!({ "integration": integration, "credentials": credentials });
        let test = "/api/admin/integrations/test";
        people.user.post(test, body.clone()).await.is(403, "ADMIN_REQUIRED");
        let tested = people.owner.post(test, body).await.ok();
        // No test reaches another machine.
        assert_eq!(tested["success"], false, "{integration}");
        assert!(tested["latencyMs"].is_number() && tested["message"].is_string(), "{tested}");
    }
    let unknown = json!({ "integration": "telegram", "credentials": {} });
    people.owner.post("/api/admin/integrations/test", unknown).await.is(422, "VALIDATION_FAILED");
}

/// Only a super administrator deletes a user for good, and says so.
async fn deletion(people: &People<'_>) {
    let path = format!("/api/admin/users/{}", people.other.id);
    let body = json!({ "reason": WHY, "confirmDelete": true });
    people.user.delete_with(&path, body.clone()).await.is(403, "ADMIN_REQUIRED");
    people.admin.delete_with(&path, body.clone()).await.is(403, "SUPERADMIN_REQUIRED");
    let unsure = json!({ "reason": WHY, "confirmDelete": false });
    people.owner.delete_with(&path, unsure).await.is(422, "VALIDATION_FAILED");
    let own = format!("/api/admin/users/{}", people.owner.id);
    people.owner.delete_with(&own, body.clone()).await.is(409, "CANNOT_MODIFY_SELF");
    let request = id(&people.owner.delete_with(&path, body.clone()).await.status(202));
    people.world.settle().await;
    let done = people.owner.get(&format!("/api/admin/deletions/{request}")).await.ok();
    assert_eq!(done["status"], "erased", "{done}");
    people.owner.get(&path).await.is(404, "INVALID_USER_ID");
    people.owner.delete_with(&path, body).await.is(404, "INVALID_USER_ID");
}
