//! What an archive contains, and what it must not contain.

use fn_export_worker::survey::survey;
use provost_domain::{
    AuditId, BuiltInRole, FileId, FlagId, Permission, Pseudonym, RequestId,
    audit::{Actor, Changes, Entry, Origin, Resource, note_change},
    content::Content,
    export::Category,
    file,
};
use provost_store::{
    kinds::{Export, kind_of},
    records::partition,
};
use serde_json::json;

use crate::support::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archive_contains_every_category_and_the_files() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let ada = rich(&world, "ada").await;
    let asked = grace
        .post(
            &format!("/api/admin/users/{}/export-job", ada.id),
            json!({ "reason": "Asked for by letter" }),
        )
        .await;
    let asked = asked.status(202);
    let (id, identity) = (
        asked["id"].as_str().unwrap().parse().unwrap(),
        provost_archive::Identity::parse(asked["identity"].as_str().unwrap()).unwrap(),
    );
    world.settle().await;

    let report = opened(&world, id, &identity).await;
    let gaps: Vec<_> =
        report.manifest.gaps.iter().map(|gap| (gap.name.as_str(), gap.reason.as_str())).collect();
    assert_eq!(gaps, [("ada's song.mp3", "The file is blocked while under review.")]);
    let members = members(&world, id, &identity).await;
    // Some objects are named by an id, which every test world generates.
    let unnumbered = |name: &String| {
        name.split('/')
            .map(|part| {
                if part.len() >= 30 {
                    format!("{}{}", &part[..3], &part[30..])
                } else {
                    part.to_owned()
                }
            })
            .collect::<Vec<_>>()
            .join("/")
    };
    let names: Vec<_> = members.keys().map(unnumbered).collect();
    assert_eq!(
        names,
        [
            "api-keys.ndjson",
            "applications.ndjson",
            "audit.ndjson",
            "billing.json",
            "contributions.ndjson",
            "documents.ndjson",
            "enrollments.ndjson",
            "file-list.ndjson",
            "files/avatar.png",
            "files/documents/doc.pdf",
            "files/identity/ver/document",
            "files/identity/ver/document",
            "files/identity/ver/selfie",
            "files/notes.txt",
            "fraud-alerts.ndjson",
            "grants.ndjson",
            "index.html",
            "login-history.ndjson",
            "mail.ndjson",
            "manifest.json",
            "notes.ndjson",
            "notifications.ndjson",
            "organisations.ndjson",
            "profile.json",
            "reports.ndjson",
            "requests.ndjson",
            "saved-views.ndjson",
            "sessions.ndjson",
            "ssh-keys.ndjson",
            "verifications.ndjson",
        ]
    );

    let profile: serde_json::Value = serde_json::from_str(&members["profile.json"]).unwrap();
    assert_eq!(
        (profile["account"]["email"].as_str(), profile["profile"]["bio"].as_str()),
        (Some(ada.email.as_str()), Some("ada writes about engines."))
    );
    let owner = world.user(ada.id).await.expect("ada");
    assert_eq!(profile["account"]["phone"], serde_json::json!(owner.phone.expect("she gave one")));
    let one = |name: &str| {
        let lines = lines(&members[name]);
        assert_eq!(lines.len(), 1, "{name}: {lines:?}");
        lines[0].clone()
    };
    assert_eq!(one("sessions.ndjson")["userAgent"], "testkit");
    let (activity, sign_ins): (Vec<_>, Vec<_>) = lines(&members["login-history.ndjson"])
        .into_iter()
        .partition(|line| line.get("activeInQuartersFrom").is_some());
    // A session of her own, and an impersonation by staff.
    assert_eq!((activity.len(), sign_ins.len()), (1, 2), "{activity:?}, {sign_ins:?}");
    assert_eq!(sign_ins[1]["authMethod"], "impersonation");
    assert_eq!(sign_ins[0]["status"], "success");
    assert!(sign_ins[0].as_object().unwrap().contains_key("country"));
    assert_eq!(one("api-keys.ndjson")["name"], "ada's laptop");
    assert!(one("api-keys.ndjson").as_object().unwrap().contains_key("lastUsedAt"));
    let mut belongings: Vec<_> = lines(&members["organisations.ndjson"])
        .iter()
        .map(|line| {
            format!(
                "{} {}",
                line["type"].as_str().unwrap_or("none"),
                line["role"].as_str().unwrap_or("-")
            )
        })
        .collect();
    belongings.sort();
    assert_eq!(
        belongings,
        [
            "invitation member",
            "membership member",
            "membership owner",
            "node -",
            "record -",
            "server -",
            "zone -"
        ]
    );
    let alert = one("fraud-alerts.ndjson");
    assert_eq!(
        (alert["status"].as_str(), &alert["score"], &alert["signals"][0]["evidence"]),
        (Some("open"), &json!(40), &json!({ "accounts": 3 }))
    );
    assert!(
        alert.get("history").is_none() && !members["fraud-alerts.ndjson"].contains("called"),
        "the staff notes are not exported"
    );
    let reports = lines(&members["reports.ndjson"]);
    assert_eq!(
        (&reports[0]["role"], &reports[1]["role"]),
        (&json!("reporter"), &json!("reported"))
    );
    assert_eq!(reports[0]["description"], "ada is in the description");
    assert!(
        reports[1].get("reason").is_none() && reports[1].get("reporter").is_none(),
        "who reported the user is not exported"
    );
    let application = one("applications.ndjson");
    assert_eq!(application["answers"], json!({ "reason": "ada is well known" }));
    assert_eq!(application["replies"][0]["by"], "staff");
    assert!(application.get("notes").is_none(), "internal notes are not exported");
    let (preferences, emails): (Vec<_>, Vec<_>) = lines(&members["mail.ndjson"])
        .into_iter()
        .partition(|line| line.get("preferences").is_some());
    assert_eq!(preferences.len(), 1, "{preferences:?}");
    assert_eq!(preferences[0]["preferences"]["broadcasts"], false);
    let emails: Vec<_> = emails
        .into_iter()
        .map(|email| (email["subject"].clone(), email["status"].clone()))
        .collect();
    let expected =
        [("ada, choose a new password", "sent"), ("Your password has been changed", "bounced")];
    assert_eq!(emails, expected.map(|(subject, status)| (json!(subject), json!(status))));
    let profile: serde_json::Value = serde_json::from_str(&members["profile.json"]).unwrap();
    let bounces = &profile["emailBounces"];
    assert_eq!((&bounces["softBounces"], &bounces["suppressed"]), (&json!(1), &json!(null)));
    assert_eq!(bounces["since"].as_str(), Some(world.app.now().to_string().as_str()));
    assert_eq!(
        (one("requests.ndjson")["type"].as_str(), one("requests.ndjson")["requestedBy"].as_str()),
        (Some("export"), Some("staff"))
    );
    let entry = one("audit.ndjson");
    assert_eq!(
        (entry["action"].as_str(), entry["actor"].as_str(), entry["reason"].as_str()),
        (Some("export.created"), Some("staff"), Some("Asked for by letter"))
    );
    assert_eq!(one("ssh-keys.ndjson")["name"], "ada's laptop");
    assert_eq!(one("notifications.ndjson")["body"], "ada, was this you?");
    assert_eq!(one("notes.ndjson")["text"], "ada called about the invoice.");
    assert_eq!(one("grants.ndjson")["reason"], "ada found a fault.");
    assert_eq!(one("documents.ndjson")["name"], "ada's contract");
    let billing: serde_json::Value = serde_json::from_str(&members["billing.json"]).unwrap();
    assert_eq!(
        (
            &billing["plan"]["name"],
            &billing["portalTier"],
            &billing["limits"]["servers"],
            &billing["plan"]["before"]["portalTier"]
        ),
        (&json!("Pro Portal"), &json!("paid"), &json!(10), &json!("free"))
    );
    assert!(billing["plan"].get("by").is_none(), "the export must not name who applied the plan");
    assert_eq!(
        (
            &billing["plan"]["source"],
            &billing["subscriptions"][0]["terms"]["status"],
            &billing["payments"][0]["amount"]
        ),
        (&json!("staff"), &json!("active"), &json!(900))
    );
    assert_eq!(one("contributions.ndjson")["title"], "ada the Finder");
    assert_eq!(lines(&members["verifications.ndjson"]).len(), 2);
    let files = lines(&members["file-list.ndjson"]);
    let names: Vec<_> = files.iter().map(|file| file["name"].clone()).collect();
    assert_eq!(names, ["notes.txt", "ada's song.mp3", "ada's link"]);
    let flags: Vec<_> = files[1]["flags"]
        .as_array()
        .expect("flags")
        .iter()
        .map(|flag| (flag["reason"].clone(), flag["endedAt"].is_null()))
        .collect();
    assert_eq!(flags, [(json!("a copy of ada"), false), (json!("another copy of ada"), true)]);
    assert_eq!(files[2]["target"], "https://ada.example/");
    assert!(!members["file-list.ndjson"].contains("wrote it"), "notes of staff are not exported");
    assert!(!members.values().any(|text| text.contains("ada sings")), "the file is flagged");
    assert_eq!(members["files/notes.txt"], "ada's notes on the engine");
    assert!(members["index.html"].contains("Sign-ins"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archive_contains_no_secrets_and_no_other_user() {
    let world = world().await;
    let ada = rich(&world, "ada").await;
    let (id, identity) = job_for(&world, ada.id).await;
    assert!(!deliver(&world, id).await);
    let members = members(&world, id, &identity).await;
    let user = world.user(ada.id).await.unwrap();
    let secrets = serde_json::to_value(&user).unwrap();
    let session = &secrets["sessions"][ada.session.unwrap().to_string()];
    let mut forbidden = vec![
        "argon2id".to_owned(),
        "token=once".to_owned(),
        "@elsewhere.example".to_owned(),
        user.pseudonym.to_string(),
    ];
    for secret in [session, &secrets["subjectKey"]] {
        forbidden.push(secret.as_str().expect("a secret is stored as one string").to_owned());
    }
    for (name, text) in &members {
        for secret in &forbidden {
            assert!(!text.contains(secret.as_str()), "{name} holds {secret}");
        }
    }
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_item_of_a_user_is_exported_or_omitted_on_purpose() {
    let world = world().await;
    let ada = rich(&world, "ada").await;
    let mut tx = world.app.transaction();
    tx.note_own_export(ada.id, world.app.now()).unwrap();
    tx.commit().await.unwrap();
    job_for(&world, ada.id).await;
    let (keys, _) = world
        .app
        .store()
        .keys_of(&world.app.store().names().accounts, &partition(ada.id), None)
        .await
        .unwrap();
    let mut met = std::collections::BTreeSet::new();
    for key in keys {
        let kind = kind_of(&key.sk).unwrap_or_else(|| {
            panic!("{} has no kind in shared/store/src/deletions/kinds.rs; add one with its export and erasure rules", key.sk)
        });
        met.insert(kind.sort);
    }
    let unmet: Vec<_> = provost_store::kinds::KINDS
        .iter()
        .map(|kind| kind.sort)
        .filter(|sort| !met.contains(sort))
        .collect();
    assert!(unmet.is_empty(), "`rich` creates no item of the kinds {unmet:?}; add them there");
    for category in [
        Category::Profile,
        Category::LoginHistory,
        Category::ApiKeys,
        Category::Mail,
        Category::Files,
    ] {
        assert!(
            provost_store::kinds::KINDS
                .iter()
                .any(|kind| kind.export == Export::Category(category)),
            "{category:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_requested_categories_are_written() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let ada = rich(&world, "ada").await;
    let identity = provost_archive::Identity::generate();
    let asked = grace
        .post(
            &format!("/api/admin/users/{}/export-job", ada.id),
            json!({ "recipients": [identity.recipient().to_string()], "categories": ["mail", "profile"] }),
        )
        .await
        .status(202);
    assert!(
        asked.get("identity").is_none(),
        "no identity is generated when the caller supplies a recipient"
    );
    world.settle().await;
    let members = members(&world, asked["id"].as_str().unwrap().parse().unwrap(), &identity).await;
    assert_eq!(
        members.keys().map(String::as_str).collect::<Vec<_>>(),
        ["index.html", "mail.ndjson", "manifest.json", "profile.json"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_respects_permissions_and_lists_what_it_omits() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let ada = rich(&world, "ada").await;
    let ask = async || {
        let asked = grace
            .post(
                &format!("/api/admin/users/{}/export-job", ada.id),
                json!({ "categories": ["files"] }),
            )
            .await
            .status(202);
        world.settle().await;
        let (id, identity) = (
            asked["id"].as_str().unwrap().parse().unwrap(),
            provost_archive::Identity::parse(asked["identity"].as_str().unwrap()).unwrap(),
        );
        let gaps: Vec<_> = opened(&world, id, &identity)
            .await
            .manifest
            .gaps
            .into_iter()
            .filter(|gap| gap.name != "ada's song.mp3")
            .map(|gap| (gap.name, gap.reason))
            .collect();
        (members(&world, id, &identity).await, gaps)
    };
    for (denied, folder, files) in [
        (Permission::VerificationImages, "identity/", 3),
        (Permission::UserDocuments, "documents/", 1),
    ] {
        world.edit(grace.id, |user| user.denials = [denied].into()).await;
        let (members, gaps) = ask().await;
        assert!(
            !members.keys().any(|name| name.starts_with(&format!("files/{folder}"))),
            "{denied}: {:?}",
            members.keys()
        );
        assert_eq!(gaps.len(), files, "{denied}: {gaps:?}");
        for (name, reason) in gaps {
            assert!(
                name.starts_with(folder) && reason.contains(&denied.to_string()),
                "{name}: {reason}"
            );
        }
    }
    world.edit(grace.id, |user| user.denials.clear()).await;
    let (members, gaps) = ask().await;
    assert_eq!(
        (members.keys().filter(|name| name.starts_with("files/identity/")).count(), gaps.len()),
        (3, 0)
    );

    // The user's own request contains everything, independent of staff permissions.
    let (id, identity) = job_for(&world, ada.id).await;
    assert!(!deliver(&world, id).await);
    let gaps = opened(&world, id, &identity).await.manifest.gaps;
    assert!(gaps.iter().all(|gap| gap.name == "ada's song.mp3"), "{gaps:?}");
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_file_is_listed_as_a_gap_and_unsafe_names_are_sanitised() {
    let world = world().await;
    let ada = world.person("ada").await;
    let gone = add_file(&world, ada.id, "gone.txt", b"soon".to_vec()).await;
    world
        .app
        .store()
        .delete_object(&world.app.store().names().files, &gone.object_key)
        .await
        .unwrap();
    add_file(&world, ada.id, "../../etc/passwd", b"harmless".to_vec()).await;
    add_file(&world, ada.id, "twice.txt", b"one".to_vec()).await;
    add_file(&world, ada.id, "TWICE.txt", b"two".to_vec()).await;
    let (id, identity) = job_for(&world, ada.id).await;
    assert!(!deliver(&world, id).await);
    let report = opened(&world, id, &identity).await;
    assert_eq!(
        report.manifest.gaps.iter().map(|gap| gap.name.as_str()).collect::<Vec<_>>(),
        ["gone.txt"]
    );
    let members = members(&world, id, &identity).await;
    let mut files: Vec<_> = members
        .iter()
        .filter(|(name, _)| name.starts_with("files/"))
        .map(|(_, text)| text.as_str())
        .collect();
    files.sort_unstable();
    assert_eq!(files, ["harmless", "one", "two"]);
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_multipart_upload_produces_one_archive() {
    let world = world().await;
    let ada = world.person("ada").await;
    let bytes = noise(9 << 20);
    add_file(&world, ada.id, "film.bin", bytes.clone()).await;
    let (id, identity) = job_for(&world, ada.id).await;
    world.interceptor.reset();
    assert!(!deliver(&world, id).await);
    let log = world.interceptor.log();
    assert_eq!(log.iter().filter(|call| call.ends_with("UploadPart")).count(), 2, "{log:?}");
    let report = opened(&world, id, &identity).await;
    assert!(report.bytes > bytes.len() as u64);
    assert_eq!(open_uploads(&world).await, 0);
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_requested_categories_count_as_work() {
    let world = world().await;
    let ada = rich(&world, "ada").await;
    let items =
        async |wanted: &[Category]| survey(world.app.store(), ada.id, wanted).await.unwrap().items;
    assert_eq!((items(&[Category::Sessions]).await, items(&[Category::Mail]).await), (0, 3));
    assert!(items(&Category::ALL).await > 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_exported_from_every_bucket_that_the_user_had() {
    let world = world().await;
    let ada = world.person("ada").await;
    let folder = provost_domain::file::prefix(ada.id);
    for (bucket, text) in [("first-bucket", "one"), ("second-bucket", "two")] {
        world.assign_bucket(ada.id, bucket).await;
        let key = format!("{folder}files/{bucket}.txt");
        world.app.store().put_object(bucket, &key, "text/plain", text.into()).await.unwrap();
        let other = "users/usr_01ARZ3NDEKTSV4RRFFQ69G5FAV/files/other.txt";
        world.app.store().put_object(bucket, other, "text/plain", "x".into()).await.unwrap();
    }
    let (id, identity) = job_for(&world, ada.id).await;
    assert!(!deliver(&world, id).await);
    let members = members(&world, id, &identity).await;
    let files: Vec<_> = members.iter().filter(|(name, _)| name.starts_with("files/")).collect();
    assert_eq!(files.len(), 2, "{files:?}");
    assert_eq!(members["files/first-bucket.txt"], "one");
    assert_eq!(members["files/second-bucket.txt"], "two");
    world.leaves("outbox", "the email that the export is ready is not sent in this test");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registered_file_in_an_assigned_bucket_is_exported_once_under_its_name() {
    let world = world().await;
    let ada = world.person("ada").await;
    let bucket = world.assign_bucket(ada.id, "hers").await;
    for (name, flagged) in [("song.mp3", false), ("blocked.mp3", true)] {
        let id = world.app.id(FileId::new);
        let key = file::object_key(ada.id, id);
        world.app.store().put_object("hers", &key, "audio/mpeg", name.into()).await.unwrap();
        let content = json!({
            "id": id, "kind": "file", "ownerId": ada.id, "name": name, "size": name.len(),
            "object": { "bucket": "hers", "key": key, "store": bucket }, "status": "available",
            "createdAt": world.app.now(), "version": 1,
            "flag": flagged.then(|| json!({
                "id": world.app.id(FlagId::new), "reason": "x", "at": world.app.now(),
                "by": world.app.id(Pseudonym::new),
            })),
        });
        let content: Content = serde_json::from_value(content).expect("content");
        let mut tx = world.app.transaction();
        tx.register_content(&content).unwrap();
        tx.commit().await.unwrap();
    }
    // A copy for staff, of which the user need not know.
    let copy = format!("{}evidence/evd_1", file::prefix(ada.id));
    world.app.store().put_object("hers", &copy, "audio/mpeg", "x".into()).await.unwrap();
    let (id, identity) = job_for(&world, ada.id).await;
    assert!(!deliver(&world, id).await);
    let members = members(&world, id, &identity).await;
    let files: Vec<_> = members.iter().filter(|(name, _)| name.starts_with("files/")).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    assert_eq!(members["files/song.mp3"], "song.mp3");
    world.leaves("outbox", "the email that the export is ready is not sent in this test");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_reports_and_applications_only_what_was_done_is_exported() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let subject = async |id| world.user(id).await.expect("the account exists").subject();
    for (kind, action, actor) in [
        ("report", "report.filed", bob.id),
        ("report", "report.decided", grace.id),
        ("application", "application.submitted", ada.id),
    ] {
        let mut changes = Changes::new();
        note_change(&mut changes, "category", &None, &Some("harassment"));
        let entry = Entry {
            id: world.app.id(AuditId::new),
            at: world.app.now(),
            actor: Actor::User(subject(actor).await),
            action,
            resource: Resource::Owned {
                kind,
                id: format!("{kind}_of_somebody"),
                owner: subject(ada.id).await,
            },
            success: true,
            reason: Some("internal words".to_owned()),
            changes,
            origin: Origin {
                ip: Some("192.0.2.77".to_owned()),
                user_agent: None,
                request_id: world.app.id(RequestId::new),
                route: "/api/reports".to_owned(),
                api_key: false,
            },
        };
        world.app.store().audit(entry).await.expect("the table responds");
    }
    let (id, identity) = job_for(&world, ada.id).await;
    assert!(!deliver(&world, id).await);
    let members = members(&world, id, &identity).await;
    let at = json!(world.app.now());
    let mut entries = lines(&members["audit.ndjson"]);
    entries.sort_by_key(|entry| entry["action"].to_string());
    let expected = [
        ("application.submitted", "you"),
        ("report.decided", "staff"),
        ("report.filed", "another user"),
    ]
    .map(|(action, actor)| json!({"at": at, "action": action, "actor": actor, "success": true}));
    assert_eq!(entries, expected);
    world.settle().await;
}
