//! What an archive contains, and what it must not contain.

use fn_export_worker::survey::survey;
use provost_domain::{BuiltInRole, Permission, export::Category};
use provost_store::{
    kinds::{Export, kind_of},
    principals::partition,
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
    assert_eq!(report.manifest.gaps, [], "nothing is missing");
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
            "audit.ndjson",
            "billing.json",
            "contributions.ndjson",
            "documents.ndjson",
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
            "requests.ndjson",
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
    let owner = world.principal(ada.id).await.expect("ada");
    assert_eq!(profile["account"]["phone"], serde_json::json!(owner.phone.expect("she gave one")));
    let one = |name: &str| {
        let lines = lines(&members[name]);
        assert_eq!(lines.len(), 1, "{name}: {lines:?}");
        lines[0].clone()
    };
    assert_eq!(one("sessions.ndjson")["userAgent"], "testkit");
    assert_eq!(one("login-history.ndjson")["status"], "success");
    assert!(one("login-history.ndjson").as_object().unwrap().contains_key("country"));
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
    let emails: Vec<_> = lines(&members["mail.ndjson"])
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
    assert_eq!(one("file-list.ndjson")["name"], "notes.txt");
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
    let principal = world.principal(ada.id).await.unwrap();
    let secrets = serde_json::to_value(&principal).unwrap();
    let session = &secrets["sessions"][ada.session.unwrap().to_string()];
    let mut forbidden = vec![
        "argon2id".to_owned(),
        "token=once".to_owned(),
        "@elsewhere.example".to_owned(),
        principal.pseudonym.to_string(),
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
            .map(|gap| (gap.name, gap.reason))
            .collect();
        (members(&world, id, &identity).await, gaps)
    };
    for (denied, folder, files) in [
        (Permission::VerificationImages, "identity/", 3),
        (Permission::UserDocuments, "documents/", 1),
    ] {
        world.edit(grace.id, |principal| principal.denials = [denied].into()).await;
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
    world.edit(grace.id, |principal| principal.denials.clear()).await;
    let (members, gaps) = ask().await;
    assert_eq!(
        (members.keys().filter(|name| name.starts_with("files/identity/")).count(), gaps.len()),
        (3, 0)
    );

    // The user's own request contains everything, independent of staff permissions.
    let (id, identity) = job_for(&world, ada.id).await;
    assert!(!deliver(&world, id).await);
    assert_eq!(opened(&world, id, &identity).await.manifest.gaps, []);
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
    assert_eq!((items(&[Category::Sessions]).await, items(&[Category::Mail]).await), (0, 2));
    assert!(items(&Category::ALL).await > 10);
}
