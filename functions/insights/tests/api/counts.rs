//! Counters: every event once, in its period, in every time zone.

use provost_auth::secret::hex_digest;
use provost_domain::{
    AuditId, BuiltInRole, ExportId, Pseudonym, RequestId, SessionId, ShareLinkId, Timestamp,
    UserId,
    audit::{Actor, Changes, Entry, Origin, Resource},
    device::Device,
    session::{SignIn, SignInStatus},
    share_link::Visit,
    time::{DAY, HOUR},
};
use provost_jobs::Deadline;
use provost_testkit::World;
use serde_json::{Value, json};

use crate::{ANALYTICS, world};

async fn record(world: &World, action: &'static str, at: Timestamp, success: bool) {
    let entry = Entry {
        id: world.app.id(AuditId::new),
        at,
        actor: Actor::Cli,
        action,
        resource: Resource::Other { kind: "thing", id: "thing_1".to_owned() },
        success,
        reason: None,
        changes: Changes::new(),
        origin: Origin {
            ip: None,
            user_agent: None,
            request_id: world.app.id(RequestId::new),
            route: "cli".to_owned(),
            api_key: false,
        },
    };
    world.app.store().audit(entry).await.expect("the table responds");
}

async fn sign_in(world: &World, user: UserId, at: Timestamp, status: SignInStatus) {
    let sign_in = SignIn {
        id: world.app.id(SessionId::new),
        created_at: at,
        status,
        reason: None,
        ip: "192.0.2.1".to_owned(),
        country: None,
        user_agent: "testkit".to_owned(),
        device: Device::default(),
        auth_method: "password".to_owned(),
        mfa: false,
        impersonated_by: None,
    };
    let mut tx = world.app.transaction();
    tx.add_sign_in(user, &sign_in).expect("a sign-in");
    tx.commit().await.expect("the table responds");
}

fn column(found: &Value, name: &str) -> Vec<i64> {
    let series = found["series"].as_array().expect("a series").iter();
    series.map(|figures| figures[name].as_i64().expect("a count")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_equal_a_recount_in_three_time_zones() {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    let ada = world.person("ada").await.id;
    let start: Timestamp = "2026-03-20".parse().expect("a time");
    let mut happened: Vec<(&str, Timestamp)> = Vec::new();
    for n in 0..60_i64 {
        // From before the clocks change in Berlin until after, at many hours of the day.
        let at = start.plus(n / 4 * DAY + n * 5 * HOUR % DAY + n * 7 * 60_000);
        match n % 6 {
            0 => record(&world, "user.registered", at, true).await,
            1 => record(&world, "export.created", at, true).await,
            2 => record(&world, "deletion.requested", at, true).await,
            3 => sign_in(&world, ada, at, SignInStatus::Success).await,
            4 => sign_in(&world, ada, at, SignInStatus::Failed).await,
            // A refused request is none.
            _ => record(&world, "export.created", at, false).await,
        }
        let name = ["newUsers", "exports", "deletionRequests", "logins", "failedLogins", ""];
        happened.push((name[n as usize % 6], at));
    }
    world.settle().await;
    for zone in ["UTC", "Europe/Berlin", "America/Los_Angeles"] {
        for period in ["day", "week", "month"] {
            let path =
                format!("{ANALYTICS}?period={period}&from=2026-03-16&to=2026-04-12&tz={zone}");
            let found = joan.get(&path).await.ok();
            for name in ["newUsers", "exports", "deletionRequests", "logins", "failedLogins"] {
                let series = found["series"].as_array().expect("a series").iter();
                let expected: Vec<i64> = series
                    .map(|figures| {
                        let time = |name: &str| -> Timestamp {
                            figures[name].as_str().expect("a time").parse().expect("a time")
                        };
                        let (start, end) = (time("start"), time("end"));
                        let inside = happened
                            .iter()
                            .filter(|(what, at)| *what == name && start <= *at && *at < end);
                        inside.count() as i64
                    })
                    .collect();
                assert_eq!(column(&found, name), expected, "{name} by {period} in {zone}");
                assert_eq!(
                    found["summary"][name]["current"],
                    expected.iter().sum::<i64>(),
                    "{name} by {period} in {zone}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_record_that_is_delivered_twice_counts_once() {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    world.settle().await;
    let record = |id: &str| {
        json!({
            "eventID": id, "eventName": "INSERT", "eventSource": "aws:dynamodb", "awsRegion": "eu-central-1", "eventVersion": "1.1",
            "eventSourceARN": "arn:aws:dynamodb:eu-central-1:123456789012:table/accounts/stream/2026-11-20T00:00:00.000",
            "dynamodb": {
                "ApproximateCreationDateTime": 1795190400, "SequenceNumber": id, "SizeBytes": 100, "StreamViewType": "NEW_AND_OLD_IMAGES",
                "Keys": {"pk": {"S": format!("USER#{}", joan.id)}, "sk": {"S": "SIGNIN#ses_01ARZ3NDEKTSV4RRFFQ69G5FAV"}},
                "NewImage": {
                    "pk": {"S": format!("USER#{}", joan.id)}, "sk": {"S": "SIGNIN#ses_01ARZ3NDEKTSV4RRFFQ69G5FAV"},
                    "id": {"S": "ses_01ARZ3NDEKTSV4RRFFQ69G5FAV"}, "createdAt": {"S": "2026-11-10T12:00:00.000Z"}, "status": {"S": "failed"},
                    "ip": {"S": "192.0.2.1"}, "userAgent": {"S": "x"}, "device": {"M": {"type": {"S": "desktop"}, "os": {"S": "Linux"}, "browser": {"S": "x"}}}, "authMethod": {"S": "password"},
                },
            },
        })
    };
    for records in [vec![record("1"), record("2")], vec![record("2"), record("1"), record("3")]] {
        let event = serde_json::from_value(json!({"Records": records})).expect("an event");
        let deadline = Deadline::within(std::time::Duration::from_secs(60));
        let response = fn_insights_worker::handle(world.app.clone(), event, deadline).await;
        assert!(response.expect("a response").batch_item_failures.is_empty());
    }
    let found = joan.get(&format!("{ANALYTICS}?from=2026-11-10&to=2026-11-10")).await.ok();
    assert_eq!(column(&found, "failedLogins"), [3]);
}

#[tokio::test]
async fn totals_and_changes_follow_the_accounts() {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    let ada = world.person("ada").await.id;
    let now = world.app.now();
    for (used, files) in [(1000, 2), (5000, 4), (4000, 4)] {
        world
            .edit(ada, |ada| {
                (ada.storage_used, ada.total_files, ada.updated_at) = (used, files, now);
            })
            .await;
    }
    world.settle().await;
    let found = joan.get(&format!("{ANALYTICS}?from=2026-11-20&to=2026-11-20")).await.ok();
    assert_eq!(
        ["totalUsers", "totalStorageUsed", "totalFiles", "averageFileSize"]
            .map(|name| found[name].clone()),
        [2, 4000, 4, 1000]
    );
    assert_eq!(
        (column(&found, "storageChange"), column(&found, "filesChange")),
        (vec![4000], vec![4])
    );
}

#[tokio::test]
async fn a_real_report_and_a_real_file_are_counted() {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let body = json!({"reportedUserId": bob.id, "category": "spam", "reason": "Sends adverts to everybody."});
    ada.post("/api/reports", body).await.status(201);
    let body = json!({
        "name": "song.mp3", "contentType": "audio/mpeg", "size": 8, "sha256": "ab".repeat(32),
    });
    ada.post("/api/files", body).await.status(201);
    world.settle().await;
    let found = joan.get(&format!("{ANALYTICS}?period=day")).await.ok();
    for name in ["reports", "newContent"] {
        assert_eq!(found["summary"][name]["current"], 1, "{name}: {found}");
    }
}

#[tokio::test]
async fn uploads_and_downloads_are_counted_by_their_bytes_and_links() {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    let ada = world.person("ada").await;
    let body = |bytes: &str| {
        json!({
            "name": "song.mp3", "contentType": "audio/mpeg", "size": bytes.len(),
            "sha256": hex_digest(bytes),
        })
    };
    let registered = ada.post("/api/files", body("la la la")).await.status(201);
    // Nothing arrives for this one.
    ada.post("/api/files", body("lo lo lo")).await.status(201);
    let mut upload = provost_testkit::http().put(registered["upload"]["url"].as_str().unwrap());
    for (name, value) in registered["upload"]["headers"].as_object().expect("headers") {
        if !name.eq_ignore_ascii_case("content-length") {
            upload = upload.header(name, value.as_str().expect("a text"));
        }
    }
    assert_eq!(upload.body("la la la").send().await.expect("an answer").status().as_u16(), 200);
    let path = format!("/api/files/{}", registered["id"].as_str().expect("an id"));
    for _ in 0..2 {
        ada.get(&path).await.ok();
    }
    // Staff look at it, which is no download.
    joan.get(&path).await.ok();
    record(&world, "export.downloaded", world.app.now(), true).await;
    world.settle().await;
    let found = joan.get(&format!("{ANALYTICS}?period=day")).await.ok();
    let sums = ["newContent", "uploads", "downloads"]
        .map(|name| found["summary"][name]["current"].clone());
    assert_eq!(sums, [2, 1, 3], "{found}");
}

#[tokio::test]
async fn each_download_by_a_share_link_counts_once() {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    let (store, now) = (world.app.store(), world.app.now());
    let link = json!({
        "id": world.app.id(ShareLinkId::new), "jobId": world.app.id(ExportId::new),
        "userId": joan.id, "size": 1, "expiresAt": now.plus(30 * DAY), "maxDownloads": 5,
        "remaining": 5, "triesLeft": 5, "createdBy": world.app.id(Pseudonym::new), "createdAt": now,
    });
    let mut tx = world.app.transaction();
    tx.create_share_link("digest", &serde_json::from_value(link).expect("a link"))
        .expect("an item");
    tx.commit().await.expect("the table responds");
    let visit = Visit {
        at: now,
        ip: "192.0.2.1".to_owned(),
        user_agent: "curl".to_owned(),
        outcome: "redeemed".to_owned(),
    };
    for _ in 0..3 {
        store.redeem_share_link("digest", None, &visit, now).await.expect("the table responds");
    }
    world.settle().await;
    // Another change of the link, a week later, when what was counted is forgotten.
    world.advance(8 * DAY);
    world.emulators.expire_items().expect("the tables respond");
    let mut tx = world.app.transaction();
    tx.revoke_share_link("digest", now).expect("an item");
    tx.commit().await.expect("the table responds");
    world.settle().await;
    let mut joan = joan;
    joan.renew().await;
    let found = joan.get(&format!("{ANALYTICS}?period=month")).await.ok();
    assert_eq!(found["summary"]["sharedDownloads"]["current"], 3, "{found}");
}

#[tokio::test]
async fn plans_are_counted_as_events_and_by_their_holders() {
    let world = world().await;
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    world.app.store().seed_plans(world.app.now()).await.expect("the table responds");
    let plans = world.app.store().products().await.expect("the table responds");
    let (paid, enterprise) = (&plans[1], &plans[3]);
    let people = [world.person("ada").await, world.person("bob").await, world.person("cleo").await];
    for (person, plan) in people.iter().zip([paid, paid, enterprise]) {
        let path = format!("/api/admin/users/{}/apply-plan", person.id);
        joan.post(&path, json!({ "planId": plan.id })).await.ok();
    }
    joan.delete(&format!("/api/admin/users/{}/cancel-plan", people[2].id)).await.ok();
    world.settle().await;
    let found = joan.get(&format!("{ANALYTICS}?period=day")).await.ok();
    let sums =
        ["plansApplied", "plansCancelled"].map(|name| found["summary"][name]["current"].clone());
    assert_eq!(sums, [3, 1], "{found}");
    assert_eq!(
        found["plans"],
        json!([{ "planId": paid.id, "name": paid.name, "users": 2 }]),
        "nobody has the other plan any more"
    );
}
