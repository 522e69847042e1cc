//! Rank in everything that concerns another staff member: nobody acts on themselves, on a colleague
//! who is not below them, or on resources of either.

use bytes::Bytes;
use http::Method;
use provost_domain::{BuiltInRole, Permission};
use provost_testkit::{Someone, World};
use serde_json::{Value, json};

use super::unranked::UNRANKED;

#[test]
fn every_staff_route_has_a_rank_rule_or_a_reason_to_have_none() {
    let mut unranked: Vec<String> = crate::api_tables()
        .into_iter()
        .flat_map(|function| function.rows)
        .filter(|row| {
            row.permission.is_some()
                && !row.access.trim_end_matches(" or pending deletion").ends_with("rank")
        })
        .map(|row| format!("{} {}", row.method, row.path))
        .collect();
    unranked.sort_by(|a, b| a.split(' ').nth(1).cmp(&b.split(' ').nth(1)).then(a.cmp(b)));
    let mut listed: Vec<&str> = UNRANKED.iter().map(|(route, _)| *route).collect();
    listed.sort_by(|a, b| a.split(' ').nth(1).cmp(&b.split(' ').nth(1)).then(a.cmp(b)));
    assert_eq!(unranked, listed, "give the route a rank rule, or list it here with the reason");
}

/// Routes whose path names a user.
const ABOUT_USERS: &[(&str, &str, &str)] = &[
    ("POST", "/api/admin/users/{id}/verify", r#"{"reason":"known to us"}"#),
    ("DELETE", "/api/admin/users/{id}/verify", ""),
    ("POST", "/api/admin/users/{id}/notes", r#"{"text":"Called today."}"#),
    ("POST", "/api/admin/users/{id}/grants", r#"{"type":"storage","amount":1073741824}"#),
    ("DELETE", "/api/admin/users/{id}/grants?grantId=grt_01ARZ3NDEKTSV4RRFFQ69G5FAV", ""),
    ("PUT", "/api/admin/users/{id}/contributor-profile", r#"{"title":"Finder"}"#),
    ("POST", "/api/admin/users/{id}/apply-plan", r#"{"planId":"prd_01ARZ3NDEKTSV4RRFFQ69G5FAV"}"#),
    ("DELETE", "/api/admin/users/{id}/cancel-plan", ""),
    ("DELETE", "/api/admin/users/{id}/deassign-student", ""),
    ("POST", "/api/admin/users/{id}/require-student-reverify", "{}"),
    ("GET", "/api/admin/users/{id}/documents", ""),
    (
        "POST",
        "/api/admin/users/{id}/documents",
        r#"{"name":"Contract","contentType":"image/png","data":"iVBORw0KGgo="}"#,
    ),
    ("POST", "/api/admin/users/{id}/export-job", "{}"),
    ("POST", "/api/admin/fraud-scan/{id}", "{}"),
    ("POST", "/api/admin/users/{id}/ban", r#"{"type":"permanent","reason":"spam and more"}"#),
    ("POST", "/v1/users/{id}/restore", "{}"),
    ("PUT", "/v1/users/{id}", r#"{"first_name":"Eve"}"#),
    ("DELETE", "/v1/users/{id}", ""),
    ("PUT", "/v1/users/{id}/unique-id", r#"{"generate":true}"#),
    ("DELETE", "/v1/users/{id}/sessions", ""),
    ("POST", "/v1/users/{id}/oauth/link", r#"{"provider":"github","provider_user_id":"1"}"#),
    ("POST", "/v1/users/{id}/oauth/unlink", r#"{"provider":"github"}"#),
];

async fn ask(
    someone: &Someone<'_>,
    method: &str,
    path: &str,
    body: &str,
) -> provost_testkit::Reply {
    let content_type = if body.is_empty() { "" } else { "application/json" };
    someone
        .ask(
            method.parse::<Method>().expect("a method"),
            path,
            content_type,
            Bytes::copy_from_slice(body.as_bytes()),
        )
        .await
}

#[tokio::test]
async fn nobody_acts_on_themselves_or_on_a_colleague_who_is_not_below_them() {
    let world = crate::world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let ivan = world.staff("ivan", BuiltInRole::Admin).await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let mut wrong = Vec::new();
    for (method, path, body) in ABOUT_USERS {
        for (target, wanted) in
            [(&grace, "CANNOT_MODIFY_SELF"), (&ivan, "OUTRANKED"), (&root, "OUTRANKED")]
        {
            let reply =
                ask(&grace, method, &path.replace("{id}", &target.id.to_string()), body).await;
            if reply.code() != wanted {
                wrong.push(format!(
                    "{} wanted {wanted}, got {} {}",
                    reply.asked,
                    reply.status,
                    reply.text()
                ));
            }
        }
    }
    for (method, path, body) in [
        ("PUT", "/api/users/{id}", r#"{"firstName":"Eve"}"#),
        ("DELETE", "/api/users/{id}/avatar", ""),
        ("DELETE", "/api/users/{id}/sessions", ""),
    ] {
        for target in [&ivan, &root] {
            let reply =
                ask(&grace, method, &path.replace("{id}", &target.id.to_string()), body).await;
            if reply.code() != "OUTRANKED" {
                wrong.push(format!(
                    "{} wanted OUTRANKED, got {} {}",
                    reply.asked,
                    reply.status,
                    reply.text()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The id of the first item of a list.
fn first(list: &Value) -> String {
    list["data"][0]["id"].as_str().unwrap_or_else(|| panic!("an empty list: {list}")).to_owned()
}

#[tokio::test]
async fn resources_of_oneself_and_of_a_colleague_who_is_not_below_are_out_of_reach() {
    let world = crate::world().await;
    let grace = world.staff("Grace", BuiltInRole::Admin).await;
    let ivan = world.staff("Ivan", BuiltInRole::Admin).await;
    let root = world.staff("Root", BuiltInRole::RootAdmin).await;
    let mut wrong = Vec::new();
    for (target, wanted) in [(&grace, "CANNOT_MODIFY_SELF"), (&ivan, "OUTRANKED")] {
        world.give_everything(target.id).await;
        let export = root
            .post(&format!("/api/admin/users/{}/export-job", target.id), json!({}))
            .await
            .status(202);
        world.settle().await;
        let export = format!("/api/admin/export-jobs/{}", export["id"].as_str().expect("an id"));
        let alert =
            first(&root.get(&format!("/api/admin/fraud-alerts?userId={}", target.id)).await.ok());
        let verifications = root.get("/api/admin/verifications?status=pending").await.ok();
        let verification = verifications["data"]
            .as_array()
            .expect("rows")
            .iter()
            .find(|row| row["userId"] == json!(target.id))
            .and_then(|row| row["id"].as_str())
            .expect("it is pending")
            .to_owned();
        let flagged = root.get("/api/admin/files/flagged").await.ok();
        let file = flagged["data"]
            .as_array()
            .expect("rows")
            .iter()
            .find(|row| row["owner"]["id"] == json!(target.id))
            .and_then(|row| row["id"].as_str())
            .expect("it is flagged")
            .to_owned();
        let by_id = json!({
            "contentType": "file", "contentId": file, "flagged": false, "reason": "a mistake",
        });
        let by_id = by_id.to_string();
        let store = world.app.store();
        let about = store
            .items_about(target.id, provost_store::reports::SORT, provost_store::reports::PREFIX)
            .await
            .expect("the table responds");
        let report = provost_store::reports::read(about[0].clone()).expect("a report").id;
        let report = format!("/api/admin/reports/{report}");
        let application = store.applications_of(target.id).await.expect("the table responds");
        let application = application[0].id;
        let decided = format!("/api/admin/applications/{application}");
        for (method, path, body) in [
            ("GET", report.clone(), ""),
            ("PATCH", report, r#"{"status":"dismissed"}"#),
            ("GET", decided.clone(), ""),
            ("PATCH", decided, r#"{"status":"rejected"}"#),
            ("POST", format!("/api/admin/files/{file}/flag"), r#"{"reason":"a copy"}"#),
            ("POST", format!("/api/admin/files/{file}/unflag"), r#"{"reason":"a mistake"}"#),
            ("POST", "/api/admin/content/flag".to_owned(), by_id.as_str()),
            ("DELETE", format!("/api/admin/content/{file}"), r#"{"reason":"a copy"}"#),
            ("GET", export.clone(), ""),
            ("GET", format!("{export}/download"), ""),
            ("GET", format!("{export}/share-links"), ""),
            ("POST", format!("{export}/share-link"), "{}"),
            ("DELETE", format!("{export}/share-links/lnk_01ARZ3NDEKTSV4RRFFQ69G5FAV"), ""),
            ("DELETE", export.clone(), ""),
            ("GET", format!("/api/admin/fraud-alerts/{alert}"), ""),
            ("PATCH", format!("/api/admin/fraud-alerts/{alert}"), r#"{"status":"dismissed"}"#),
            ("GET", format!("/api/admin/verifications/{verification}/images/document"), ""),
            ("POST", format!("/api/admin/verifications/{verification}/approve"), "{}"),
            (
                "POST",
                format!("/api/admin/verifications/{verification}/reject"),
                r#"{"reason":"not readable"}"#,
            ),
        ] {
            let reply = ask(&grace, method, &path, body).await;
            if reply.code() != wanted {
                wrong.push(format!(
                    "{} wanted {wanted}, got {} {}",
                    reply.asked,
                    reply.status,
                    reply.text()
                ));
            }
        }
        // A caller of higher rank can do all of it.
        root.get(&export).await.ok();
        root.patch(&format!("/api/admin/fraud-alerts/{alert}"), json!({"status": "investigating"}))
            .await
            .ok();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn deletions_of_a_colleague_who_is_not_below_cannot_be_cancelled_held_or_restored() {
    let world = crate::world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let ivan = world.staff("ivan", BuiltInRole::Admin).await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let asked = ivan.post("/api/users/me/deletion-request", json!({})).await.status(202);
    let request = format!("/api/admin/deletions/{}", asked["id"].as_str().expect("an id"));
    grace
        .post(&format!("{request}/hold"), json!({"reason": "a lawsuit"}))
        .await
        .is(403, "OUTRANKED");
    grace
        .post(&format!("{request}/cancel"), json!({"reason": "a mistake"}))
        .await
        .is(403, "OUTRANKED");
    grace
        .post(&format!("{request}/expedite"), json!({"reason": "in a hurry"}))
        .await
        .is(403, "OUTRANKED");
    grace
        .post(&format!("/v1/users/{}/restore", ivan.id), json!({"reason": "a mistake"}))
        .await
        .is(403, "OUTRANKED");
    root.post(&format!("{request}/hold"), json!({"reason": "a lawsuit"})).await.ok();
    grace.delete(&format!("{request}/hold")).await.is(403, "OUTRANKED");
    // The request itself is visible, as in the list.
    grace.get(&request).await.ok();
    world.settle().await;
}

/// Creates an organisation and returns its path.
async fn found(owner: &Someone<'_>, handle: &str) -> String {
    let founded =
        owner.post("/api/organisations", json!({"name": "Apex", "handle": handle})).await.ok();
    format!("/api/organisations/{}", founded["id"].as_str().expect("an id"))
}

#[tokio::test]
async fn staff_permissions_do_not_change_the_organisation_of_a_higher_ranked_user() {
    let world = crate::world().await;
    let (grace, ada, bob) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.person("ada").await,
        world.person("bob").await,
    );
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let of_root = found(&root, "apex-root").await;
    root.post(&format!("{of_root}/add-user"), json!({"userId": bob.id}))
        .await
        .is(409, "CANNOT_MODIFY_SELF");
    let other = world.staff("other", BuiltInRole::RootAdmin).await;
    other.post(&format!("{of_root}/add-user"), json!({"userId": bob.id})).await.ok();
    let mut wrong = Vec::new();
    for (method, path, body) in [
        ("POST", format!("{of_root}/add-user"), format!(r#"{{"userId":"{}"}}"#, ada.id)),
        ("POST", format!("{of_root}/users/{}/role", bob.id), r#"{"role":"admin"}"#.to_owned()),
        ("POST", format!("{of_root}/users/{}/role", bob.id), r#"{"role":"owner"}"#.to_owned()),
        ("DELETE", format!("{of_root}/users/{}", bob.id), String::new()),
        ("POST", format!("{of_root}/invite"), r#"{"email":"eve@elsewhere.example"}"#.to_owned()),
        ("PUT", of_root.clone(), r#"{"portalTier":"enterprise"}"#.to_owned()),
        ("PUT", of_root.clone(), r#"{"name":"Other"}"#.to_owned()),
        ("POST", format!("{of_root}/servers"), r#"{"name":"web"}"#.to_owned()),
        ("POST", format!("{of_root}/dns/zones"), r#"{"name":"apex.example"}"#.to_owned()),
        ("DELETE", of_root.clone(), String::new()),
    ] {
        let reply = ask(&grace, method, &path, &body).await;
        if reply.code() != "OUTRANKED" {
            wrong.push(format!(
                "{} wanted OUTRANKED, got {} {}",
                reply.asked,
                reply.status,
                reply.text()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // It is visible, and the organisation of a plain user can be changed.
    grace.get(&of_root).await.ok();
    let of_ada = found(&ada, "apex-ada").await;
    grace.put(&of_ada, json!({"portalTier": "enterprise"})).await.ok();
    let node =
        grace.post("/api/nodes", json!({"name": "one", "fqdn": "one.nodes.example"})).await.ok();
    let assign = format!("/api/nodes/{}/assign-org", node["id"].as_str().expect("an id"));
    let id_of = |path: &str| path.rsplit('/').next().expect("an id").to_owned();
    grace.post(&assign, json!({"organisationId": id_of(&of_root)})).await.is(403, "OUTRANKED");
    grace.post(&assign, json!({"organisationId": id_of(&of_ada)})).await.ok();
}

#[tokio::test]
async fn staff_neither_add_themselves_to_an_organisation_nor_move_a_colleague_in_one() {
    let world = crate::world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let (ivan, root) = (
        world.staff("ivan", BuiltInRole::Admin).await,
        world.staff("root", BuiltInRole::RootAdmin).await,
    );
    let of_ada = found(&ada, "apex-ada").await;
    grace
        .post(&format!("{of_ada}/add-user"), json!({"userId": grace.id}))
        .await
        .is(409, "CANNOT_MODIFY_SELF");
    grace
        .post(&format!("{of_ada}/invite"), json!({"email": grace.email}))
        .await
        .is(409, "CANNOT_MODIFY_SELF");
    grace
        .post(&format!("{of_ada}/add-user"), json!({"userId": ivan.id}))
        .await
        .is(403, "OUTRANKED");
    root.post(&format!("{of_ada}/add-user"), json!({"userId": ivan.id})).await.ok();
    root.post(&format!("{of_ada}/add-user"), json!({"userId": grace.id})).await.ok();
    grace
        .post(&format!("{of_ada}/users/{}/role", grace.id), json!({"role": "admin"}))
        .await
        .is(409, "CANNOT_MODIFY_SELF");
    grace
        .post(&format!("{of_ada}/users/{}/role", ivan.id), json!({"role": "admin"}))
        .await
        .is(403, "OUTRANKED");
    grace.delete(&format!("{of_ada}/users/{}", ivan.id)).await.is(403, "OUTRANKED");
    // The owner of an organisation manages members of any rank.
    ada.delete(&format!("{of_ada}/users/{}", ivan.id)).await.ok();
    let of_grace = found(&grace, "apex-grace").await;
    grace.put(&of_grace, json!({"name": "Basin"})).await.ok();
    grace.put(&of_grace, json!({"portalTier": "enterprise"})).await.is(409, "CANNOT_MODIFY_SELF");
}

#[tokio::test]
async fn a_bulk_dismissal_skips_alerts_about_oneself_and_higher_ranked_users() {
    let world = crate::world().await;
    let (grace, root) = (
        world.staff("Grace", BuiltInRole::Admin).await,
        world.staff("Root", BuiltInRole::RootAdmin).await,
    );
    let ada = world.person("Ada").await;
    let mut ids = Vec::new();
    for target in [&grace, &root, &ada] {
        world.give_everything(target.id).await;
        ids.push(first(
            &root.get(&format!("/api/admin/fraud-alerts?userId={}", target.id)).await.ok(),
        ));
    }
    let own = grace
        .post("/api/admin/fraud-alerts/dismiss", json!({"ids": [ids[0]]}))
        .await
        .is(409, "CANNOT_MODIFY_SELF");
    assert_eq!(own["blocked"][0]["id"], ids[0]);
    grace
        .post("/api/admin/fraud-alerts/dismiss", json!({"ids": [ids[1]]}))
        .await
        .is(403, "OUTRANKED");
    let plan = grace
        .post(
            "/api/admin/fraud-alerts/dismiss",
            json!({"filter": {"status": "open"}, "dryRun": true}),
        )
        .await
        .ok();
    assert_eq!(
        (plan["count"].clone(), plan["blocked"].as_array().map(Vec::len)),
        (json!(1), Some(2)),
        "{plan}"
    );
    let done =
        grace.post("/api/admin/fraud-alerts/dismiss", json!({"planId": plan["planId"]})).await.ok();
    assert_eq!(done["dismissed"], 1);
    let of = async |at: usize| {
        root.get(&format!("/api/admin/fraud-alerts?userId={}", [grace.id, root.id, ada.id][at]))
            .await
            .ok()
    };
    assert_eq!(of(0).await["data"][0]["status"], "open");
    assert_eq!(of(1).await["data"][0]["status"], "open");
    assert_eq!(of(2).await["data"][0]["status"], "dismissed");
}

/// A staff member with these permissions in addition to those of the role.
async fn with<'w>(world: &'w World, name: &str, granted: &[Permission]) -> Someone<'w> {
    let someone = world.staff(name, BuiltInRole::Staff).await;
    world.edit(someone.id, |user| user.grants.extend(granted.iter().copied())).await;
    someone
}

#[tokio::test]
async fn addresses_and_user_agents_of_others_require_session_read() {
    let world = crate::world().await;
    let ada = world.person("Ada").await;
    world.give_everything(ada.id).await;
    let (sam, sara) =
        (with(&world, "sam", &[]).await, with(&world, "sara", &[Permission::SessionRead]).await);
    let path = format!("/api/sessions/{}", ada.id);
    let row = sam.get(&path).await.ok()["data"][0].clone();
    assert!(row.get("ip").is_none() && row.get("userAgent").is_none(), "{row}");
    assert_eq!(row["redacted"], json!(["ip", "userAgent"]));
    let row = sara.get(&path).await.ok()["data"][0].clone();
    assert_eq!(
        (row["ip"].clone(), row["userAgent"].clone()),
        (json!("127.0.0.1"), json!("testkit"))
    );
    assert!(row.get("redacted").is_none(), "{row}");
    let own = ada.get(&path).await.ok()["data"][0].clone();
    assert_eq!(own["ip"], "127.0.0.1");

    sam.get(&format!("/api/admin/users/{}/login-history", ada.id))
        .await
        .is(403, "PERMISSION_DENIED");
    let row = sam.get("/api/admin/users?search=ada").await.ok()["data"][0].clone();
    assert!(row.get("lastLoginIp").is_none(), "{row}");
    assert_eq!(row["redacted"], json!(["lastLoginAt", "lastLoginIp"]));

    let alert = sam.get(&format!("/api/admin/fraud-alerts?userId={}", ada.id)).await.ok()["data"]
        [0]
    .clone();
    assert!(alert.get("sourceIp").is_none(), "{alert}");
    assert_eq!(alert["redacted"], json!(["sourceIp"]));
    let alert = sara
        .get(&format!("/api/admin/fraud-alerts/{}", alert["id"].as_str().expect("an id")))
        .await
        .ok();
    assert_eq!(alert["sourceIp"], "192.0.2.7");

    let auditor = with(&world, "auditor", &[Permission::AuditRead]).await;
    ada.put("/api/users/me", json!({"firstName": "Augusta"})).await.ok();
    let entry =
        auditor.get("/api/admin/audit/logs?action=user.updated").await.ok()["data"][0].clone();
    assert_eq!(
        (entry["ip"].clone(), entry["redacted"].clone()),
        (json!(null), json!(["ip", "userAgent"])),
        "{entry}"
    );
    world.edit(auditor.id, |user| user.grants.extend([Permission::SessionRead])).await;
    let entry =
        auditor.get("/api/admin/audit/logs?action=user.updated").await.ok()["data"][0].clone();
    assert_eq!((entry["ip"].clone(), entry.get("redacted")), (json!("127.0.0.1"), None), "{entry}");
}

#[tokio::test]
async fn addresses_in_the_visits_of_a_share_link_require_session_read() {
    let world = crate::world().await;
    let (ada, root) =
        (world.person("ada").await, world.staff("root", BuiltInRole::RootAdmin).await);
    let job =
        root.post(&format!("/api/admin/users/{}/export-job", ada.id), json!({})).await.status(202);
    world.settle().await;
    let job = format!("/api/admin/export-jobs/{}", job["id"].as_str().expect("an id"));
    let link = root.post(&format!("{job}/share-link"), json!({})).await.status(201);
    let path = link["url"]
        .as_str()
        .and_then(|url| url.strip_prefix("https://provost.example"))
        .expect("the platform's URL")
        .to_owned();
    world.anyone().post(&path, json!({})).await.status(303);
    let sam = world.staff("sam", BuiltInRole::Staff).await;
    let seen = sam.get(&format!("{job}/share-links")).await.ok()["data"][0].clone();
    assert!(
        seen["trail"][0].get("ip").is_none() && seen["trail"][0].get("userAgent").is_none(),
        "{seen}"
    );
    assert_eq!(seen["redacted"], json!(["trail.ip", "trail.userAgent"]));
    let seen = root.get(&format!("{job}/share-links")).await.ok()["data"][0].clone();
    assert_eq!(
        (seen["trail"][0]["ip"].clone(), seen.get("redacted")),
        (json!("127.0.0.1"), None),
        "{seen}"
    );
}
