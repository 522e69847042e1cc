//! A legal hold belongs to the account: cancelling a deletion does not remove it, and nothing
//! erases the account while it lasts.

use http::Method;
use provost_domain::{BuiltInRole, Permission, Status, time::DAY};
use provost_testkit::{Someone, World};
use serde_json::{Value, json};

use super::{ask, audited, cancel_link, holder, id, sign_in, signed_in};
use crate::flows::strike;

const WHY: &str = "A court asked for the records";

/// How a deletion is cancelled.
#[derive(Debug, Clone, Copy)]
enum Way {
    SignIn,
    Link,
    OwnRequest,
    StaffCancel,
    StaffRestore,
}

async fn cancel(world: &World, ada: &mut Someone<'_>, request: &str, way: Way) {
    match way {
        Way::SignIn => {
            sign_in(world, &ada.email, json!({ "cancelDeletion": true })).await.status(200);
        }
        Way::Link => {
            let link = cancel_link(world, ada.id).await;
            world
                .anyone()
                .ask(Method::POST, &link, "application/x-www-form-urlencoded", "".into())
                .await
                .status(200);
        }
        Way::OwnRequest => {
            ada.renew().await;
            ada.delete("/api/users/me/deletion-request").await.ok();
        }
        Way::StaffCancel => {
            let clerk =
                holder(world, &format!("clerk{}", ada.id), Permission::DeletionCancel).await;
            clerk.post(&format!("/api/admin/deletions/{request}/cancel"), json!({})).await.ok();
        }
        Way::StaffRestore => {
            let clerk = holder(world, &format!("clerk{}", ada.id), Permission::UserDelete).await;
            clerk.post(&format!("/v1/users/{}/restore", ada.id), json!({})).await.ok();
        }
    }
    assert!(world.user(ada.id).await.expect("ada").deletion.is_none(), "{way:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_way_of_cancelling_a_deletion_removes_the_hold() {
    let world = crate::world().await;
    for (number, way) in
        [Way::SignIn, Way::Link, Way::OwnRequest, Way::StaffCancel, Way::StaffRestore]
            .into_iter()
            .enumerate()
    {
        let mut root = world.staff(&format!("root{number}"), BuiltInRole::RootAdmin).await;
        let mut ada = world.person(&format!("ada{number}")).await;
        let request = ask(&ada).await;
        root.post(&format!("/api/admin/deletions/{request}/hold"), json!({ "reason": WHY }))
            .await
            .ok();
        cancel(&world, &mut ada, &request, way).await;
        // The account is still held, and staff see it.
        let seen = root.get(&format!("/api/admin/users/{}", ada.id)).await.ok();
        assert_eq!(
            (&seen["hold"]["reason"], &seen["hold"]["by"]),
            (&json!(WHY), &json!(root.id)),
            "{way:?}"
        );
        // A purge is refused for every caller.
        let purge = json!({ "reason": "No longer wanted", "confirmDelete": true });
        root.delete_with(&format!("/api/admin/users/{}", ada.id), purge.clone())
            .await
            .is(423, "LEGAL_HOLD");
        // A later request starts on hold, cannot be expedited and does not become due.
        let again = signed_in(&world, &ada.email).await;
        let second = again.post("/api/users/me/deletion-request", json!({})).await.status(202);
        assert_eq!(second["status"], "held", "{way:?}");
        let path = format!("/api/admin/deletions/{}", id(&second));
        root.post(&format!("{path}/expedite"), json!({ "reason": "Be quick" }))
            .await
            .is(423, "LEGAL_HOLD");
        world.advance(15 * DAY);
        strike(&world, "due").await;
        root.renew().await;
        assert_eq!(root.get(&path).await.ok()["status"], "held", "{way:?}");
        // Once authorised staff lift the hold, the deletion continues.
        root.delete_with(&format!("{path}/hold"), json!({ "reason": "The court is done" }))
            .await
            .ok();
        strike(&world, "due").await;
        assert!(world.user(ada.id).await.is_none(), "{way:?}");
    }
    assert_eq!(
        (audited(&world, "deletion.held").await, audited(&world, "deletion.hold_lifted").await),
        (5, 5)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn authorised_staff_place_and_lift_a_hold_without_a_deletion_request() {
    let world = crate::world().await;
    let (ada, root) =
        (world.person("ada").await, world.staff("root", BuiltInRole::RootAdmin).await);
    let counsel = holder(&world, "counsel", Permission::DeletionHold).await;
    let path = format!("/api/admin/users/{}/hold", ada.id);
    counsel.post(&path, json!({})).await.is(422, "VALIDATION_FAILED");
    let held = counsel.post(&path, json!({ "reason": WHY })).await.ok();
    assert_eq!(
        (&held["userId"], &held["hold"]["reason"], &held["hold"]["by"], &held["deletion"]),
        (&json!(ada.id), &json!(WHY), &json!(counsel.id), &json!(null))
    );
    counsel.post(&path, json!({ "reason": WHY })).await.is(409, "INVALID_ACTION");
    // The account works as before.
    ada.get("/api/users/me").await.ok();
    let second = ada.post("/api/users/me/deletion-request", json!({})).await.status(202);
    assert_eq!(second["status"], "held");
    assert_eq!(
        second["hold"].as_object().expect("a hold").keys().collect::<Vec<_>>(),
        ["at"],
        "the user must not see the reason"
    );
    // Other permissions for deletions do not allow lifting a hold.
    for (name, permission) in [
        ("a", Permission::DeletionCancel),
        ("b", Permission::DeletionExpedite),
        ("c", Permission::UserDelete),
        ("d", Permission::UserPurge),
    ] {
        let clerk = holder(&world, name, permission).await;
        clerk.delete_with(&path, json!({ "reason": "No more" })).await.is(403, "PERMISSION_DENIED");
    }
    let lifted = counsel.delete_with(&path, json!({ "reason": "The court is done" })).await.ok();
    assert_eq!(
        (&lifted["hold"], &lifted["deletion"]["status"]),
        (&json!(null), &json!("scheduled"))
    );
    counsel.delete_with(&path, json!({})).await.is(409, "INVALID_ACTION");
    let seen = root.get(&format!("/api/admin/users/{}", ada.id)).await.ok();
    assert_eq!(seen["hold"], json!(null));
    assert_eq!(
        (audited(&world, "deletion.held").await, audited(&world, "deletion.hold_lifted").await),
        (1, 1)
    );
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_placed_by_user_stops_a_pending_request() {
    let world = crate::world().await;
    let (ada, mut root) =
        (world.person("ada").await, world.staff("root", BuiltInRole::RootAdmin).await);
    let request = ask(&ada).await;
    let held = root
        .post(&format!("/api/admin/users/{}/hold", ada.id), json!({ "reason": WHY }))
        .await
        .ok();
    assert_eq!(
        (&held["deletion"]["id"], &held["deletion"]["status"]),
        (&json!(request), &json!("held"))
    );
    world.advance(15 * DAY);
    strike(&world, "due").await;
    root.renew().await;
    assert_eq!(
        root.get(&format!("/api/admin/deletions/{request}")).await.ok()["hold"]["reason"],
        WHY
    );
    root.post(&format!("/api/admin/deletions/{request}/hold"), json!({ "reason": WHY }))
        .await
        .is(409, "INVALID_ACTION");
    root.delete_with(&format!("/api/admin/users/{}/hold", ada.id), json!({})).await.ok();
    strike(&world, "due").await;
    assert!(world.user(ada.id).await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_holds_or_releases_themselves_or_staff_above_them() {
    let world = crate::world().await;
    let (grace, peer, root) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("peer", BuiltInRole::Admin).await,
        world.staff("root", BuiltInRole::RootAdmin).await,
    );
    let path = |of: &Someone<'_>| format!("/api/admin/users/{}/hold", of.id);
    grace.post(&path(&grace), json!({ "reason": WHY })).await.is(409, "CANNOT_MODIFY_SELF");
    for above in [&peer, &root] {
        grace.post(&path(above), json!({ "reason": WHY })).await.is(403, "OUTRANKED");
    }
    root.post(&path(&grace), json!({ "reason": WHY })).await.ok();
    peer.delete_with(&path(&grace), json!({})).await.is(403, "OUTRANKED");
    grace.delete_with(&path(&grace), json!({})).await.is(409, "CANNOT_MODIFY_SELF");
    // The path of the request does not allow it either.
    let request = ask(&grace).await;
    peer.delete_with(&format!("/api/admin/deletions/{request}/hold"), json!({}))
        .await
        .is(403, "OUTRANKED");
    assert!(world.user(grace.id).await.expect("grace").hold.is_some());
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_email_about_a_held_deletion_has_no_date_and_the_export_has_the_start() {
    let world = crate::world().await;
    let (ada, root) =
        (world.person("ada").await, world.staff("root", BuiltInRole::RootAdmin).await);
    root.post(&format!("/api/admin/users/{}/hold", ada.id), json!({ "reason": WHY })).await.ok();
    ask(&ada).await;
    let letter = crate::flows::email_text(&world, &ada.id.to_string(), "deletion-requested").await;
    assert!(
        letter.contains("/cancel-deletion/")
            && !letter.contains("2026-12")
            && !letter.contains(WHY),
        "{letter}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_that_an_older_version_stored_on_the_request_survives_cancellation() {
    let world = crate::world().await;
    let (ada, root) =
        (world.person("ada").await, world.staff("root", BuiltInRole::RootAdmin).await);
    let request = ask(&ada).await;
    root.post(&format!("/api/admin/deletions/{request}/hold"), json!({ "reason": WHY })).await.ok();
    // As the previous release stored it: the hold on the request alone.
    world.edit(ada.id, |ada| ada.hold = None).await;
    assert_eq!(root.get(&format!("/api/admin/users/{}", ada.id)).await.ok()["hold"]["reason"], WHY);
    sign_in(&world, &ada.email, json!({ "cancelDeletion": true })).await.status(200);
    let after = world.user(ada.id).await.expect("ada");
    assert_eq!(
        (after.status, after.hold.expect("still held").reason.as_str()),
        (Status::Active, WHY)
    );
    root.delete_with(&format!("/api/admin/users/{}/hold", ada.id), json!({})).await.ok();
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_without_the_hold_of_its_account_is_not_carried_out() {
    let world = crate::world().await;
    let (ada, mut root) =
        (world.person("ada").await, world.staff("root", BuiltInRole::RootAdmin).await);
    root.post(&format!("/api/admin/users/{}/hold", ada.id), json!({ "reason": WHY })).await.ok();
    let hold = world.user(ada.id).await.expect("ada").hold;
    // A request from a process that did not know holds on accounts.
    world.edit(ada.id, |ada| ada.hold = None).await;
    let request = ask(&ada).await;
    world.edit(ada.id, |ada| ada.hold = hold).await;
    root.post(&format!("/api/admin/deletions/{request}/expedite"), json!({ "reason": "Be quick" }))
        .await
        .is(423, "LEGAL_HOLD");
    world.advance(15 * DAY);
    strike(&world, "due").await;
    root.renew().await;
    assert_eq!(root.get(&format!("/api/admin/deletions/{request}")).await.ok()["status"], "held");
    assert!(!world.user(ada.id).await.expect("ada").is_being_erased());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_has_the_start_of_a_hold_but_neither_its_reason_nor_its_author() {
    let world = crate::world().await;
    let (ada, root) =
        (world.person("ada").await, world.staff("root", BuiltInRole::RootAdmin).await);
    root.post(&format!("/api/admin/users/{}/hold", ada.id), json!({ "reason": WHY })).await.ok();
    let since = world.user(ada.id).await.and_then(|ada| ada.hold).expect("a hold").at;
    let asked = ada.post("/api/users/me/export-request", json!({})).await.status(202);
    world.settle().await;
    let (_kept, folder) = unpacked(&world, &asked).await;
    let profile: Value =
        serde_json::from_slice(&std::fs::read(folder.join("profile.json")).expect("a member"))
            .expect("JSON");
    assert_eq!(profile["account"]["hold"], json!({ "at": since }));
    let audit = std::fs::read_to_string(folder.join("audit.ndjson")).expect("a member");
    let entries: Vec<Value> =
        audit.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let held =
        entries.iter().find(|entry| entry["action"] == "deletion.held").expect("it is logged");
    assert_eq!(
        (&held["actor"], &held["reason"], &held["at"]),
        (&json!("staff"), &Value::Null, &json!(since))
    );

    // With a request, the hold is listed there too.
    let request = ask(&ada).await;
    let asked = root
        .post(
            &format!("/api/admin/users/{}/export-job", ada.id),
            json!({ "reason": "Asked for by letter" }),
        )
        .await
        .status(202);
    world.settle().await;
    let (_kept, again) = unpacked(&world, &asked).await;
    let requests = std::fs::read_to_string(again.join("requests.ndjson")).expect("a member");
    let line: Value = requests
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .find(|line| line["id"] == json!(request))
        .expect("hers");
    assert_eq!((&line["status"], &line["hold"]), (&json!("held"), &json!({ "at": since })));
    for folder in [folder, again] {
        for member in std::fs::read_dir(folder)
            .expect("a folder")
            .flatten()
            .filter(|entry| entry.path().is_file())
        {
            let text = String::from_utf8_lossy(&std::fs::read(member.path()).expect("a member"))
                .into_owned();
            for secret in [WHY, &root.id.to_string(), &root.email] {
                assert!(!text.contains(secret), "{:?} contains {secret}", member.file_name());
            }
        }
    }
}

/// Opens the archive of an export with the identity from the response that created it. The folder
/// exists as long as its guard.
async fn unpacked(world: &World, asked: &Value) -> (tempfile::TempDir, std::path::PathBuf) {
    let store = world.app.store();
    let object = provost_domain::export::object_key(id(asked).parse().expect("an id"));
    let body = store
        .open_object(&store.names().exports, &object)
        .await
        .expect("the bucket responds")
        .expect("an archive");
    let bytes = body.collect().await.expect("its bytes").into_bytes().to_vec();
    let identity =
        provost_archive::Identity::parse(asked["identity"].as_str().expect("an identity"))
            .expect("an age identity");
    let kept = tempfile::tempdir().expect("a folder");
    let folder = kept.path().join("archive");
    provost_archive::unpack(std::io::Cursor::new(bytes), &identity, &folder).expect("it unpacks");
    (kept, folder)
}
