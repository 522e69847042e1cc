//! Bulk deletions: plan, drift, execution, cancellation.

use std::time::Duration;

use provost_domain::{BuiltInRole, UserId, time::HOUR};
use provost_jobs::{Deadline, Outcome};
use serde_json::{Value, json};

use crate::stage::*;

#[tokio::test]
async fn a_plan_names_everybody_who_cannot_be_deleted_once_and_the_rest_goes_through() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let (held, gone) = (world.person("held").await, world.person("gone").await);
    let boss = root(&world).await;
    hold(&world, held.id).await;
    settle(&world).await;
    grace.delete_with(&format!("/v1/users/{}", gone.id), json!({})).await.ok();
    let unknown = world.app.id(UserId::new).to_string();
    let mut named = ids(&[&ada, &grace, &held, &boss, &bob, &ada, &gone]);
    named.as_array_mut().expect("a list").push(json!(unknown));
    let plan = plan_deletion(&grace, json!({ "user_ids": named, "reason": REASON })).await;
    assert_eq!((&plan["type"], &plan["count"]), (&json!("bulk_delete"), &json!(2)));
    let of = |user: UserId, code: &str| (user.to_string(), code.to_owned());
    let expected = [
        of(grace.id, "CANNOT_MODIFY_SELF"),
        of(held.id, "LEGAL_HOLD"),
        of(boss.id, "OUTRANKED"),
        of(ada.id, "DUPLICATE"),
        of(gone.id, "UNCHANGED"),
        (unknown, "NOT_FOUND".to_owned()),
    ];
    assert_eq!(blocked(&plan), expected.into());
    assert_eq!(plan["blocked"].as_array().map(Vec::len), Some(6), "each is named once");
    assert_eq!(plan["blocked_by_code"]["DUPLICATE"], 1);
    let sample: Vec<_> =
        plan["sample"].as_array().expect("users").iter().map(|u| &u["id"]).collect();
    assert_eq!(sample, [&json!(ada.id), &json!(bob.id)]);
    assert_eq!(status(&world, ada.id).await, "active", "a plan changes nothing");

    let done = carry_out(&world, &grace, &plan).await;
    assert_eq!(done["status"], "completed");
    assert_eq!(done["id"], plan["plan_id"]);
    // An unknown id, and a repeated one, are no users of the job.
    assert_eq!(done["progress"], json!({ "done": 6, "total": 6, "percent": 100 }));
    assert_eq!(done["outcomes"], json!({ "done": 2, "unchanged": 0, "blocked": 4, "failed": 0 }));
    for (user, now) in [(&ada, "deleted"), (&bob, "deleted"), (&held, "active"), (&boss, "active")]
    {
        assert_eq!(status(&world, user.id).await, now);
    }
    let items = items(&grace, &done).await;
    assert_eq!(items[&ada.id.to_string()], "done");
    assert_eq!(items[&held.id.to_string()], "blocked LEGAL_HOLD");
    assert_eq!(items.len(), 6);
    let told = emails(&boss, "deletion-requested").await;
    assert_eq!((told[&ada.email].len(), told[&bob.email].len()), (1, 1));
    assert_eq!(audited(&boss, ada.id, "deletion.requested").await, 1);
}

#[tokio::test]
async fn a_filter_deletes_exactly_the_planned_users_or_is_refused_as_drifted() {
    let world = world().await;
    let root = root(&world).await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    settle(&world).await;
    let selection = json!({
        "filter": { "role": ["user"] }, "exclude_ids": ids(&[&bob]), "reason": REASON,
    });
    root.delete_with(DELETE, selection.clone()).await.is(422, "VALIDATION_FAILED");
    let plan = plan_deletion(&root, selection.clone()).await;
    assert_eq!(plan["count"], 1);
    let cleo = world.person("cleo").await;
    settle(&world).await;
    let drifted = json!({ "plan_id": plan["plan_id"] });
    let error = root.delete_with(DELETE, drifted.clone()).await.is(409, "PLAN_DRIFTED");
    assert_eq!(error["count"], 2);
    assert_eq!(status(&world, ada.id).await, "active");
    // The same users are selected again.
    world.edit(cleo.id, |user| user.role = BuiltInRole::Staff).await;
    settle(&world).await;
    let started = root.delete_with(DELETE, drifted.clone()).await.status(202);
    // Twice is once.
    let again = root.delete_with(DELETE, drifted).await.status(202);
    assert_eq!(started["id"], again["id"]);
    settle(&world).await;
    for (user, now) in [(&ada, "deleted"), (&bob, "active"), (&cleo, "active")] {
        assert_eq!(status(&world, user.id).await, now);
    }
}

#[tokio::test]
async fn users_who_match_no_more_are_deleted_only_if_they_were_planned_by_id() {
    let world = world().await;
    let root = root(&world).await;
    let ada = world.person("ada").await;
    settle(&world).await;
    let plan = plan_deletion(&root, json!({ "filter": { "role": ["user"] } })).await;
    world.edit(ada.id, |user| user.role = BuiltInRole::Staff).await;
    settle(&world).await;
    let body = json!({ "plan_id": plan["plan_id"] });
    root.delete_with(DELETE, body).await.is(409, "PLAN_DRIFTED");
    let plan = plan_deletion(&root, json!({ "user_ids": ids(&[&ada]) })).await;
    carry_out(&world, &root, &plan).await;
    assert_eq!(status(&world, ada.id).await, "deleted");
}

#[tokio::test]
async fn a_plan_expires_and_belongs_to_the_user_who_made_it() {
    let world = world().await;
    let mut root = root(&world).await;
    let other = world.staff("other", BuiltInRole::RootAdmin).await;
    let ada = world.person("ada").await;
    let plan = plan_deletion(&root, json!({ "user_ids": ids(&[&ada]) })).await;
    let body = json!({ "plan_id": plan["plan_id"] });
    other.delete_with(DELETE, body.clone()).await.is(404, "NOT_FOUND");
    root.post(UPDATE, body.clone()).await.is(404, "NOT_FOUND");
    world.advance(HOUR);
    root.renew().await;
    root.delete_with(DELETE, body).await.is(404, "NOT_FOUND");
    settle(&world).await;
    assert_eq!(status(&world, ada.id).await, "active");
}

#[tokio::test]
async fn a_few_users_named_by_id_need_no_plan() {
    let world = world().await;
    let root = root(&world).await;
    let ada = world.person("ada").await;
    let path = format!("{DELETE}?user_ids={}", ada.id);
    let reply = root.delete(&path).await;
    let location = reply.header("location");
    let started = reply.status(202);
    assert_eq!(location, format!("/v1/jobs/{}", job_id(&started)));
    settle(&world).await;
    assert_eq!(job(&root, &started).await["status"], "completed");
    assert_eq!(status(&world, ada.id).await, "deleted");
    let error = root
        .delete_with(DELETE, json!({ "user_ids": ids(&[&ada, &root]) }))
        .await
        .is(409, "INVALID_ACTION");
    assert_eq!(error["blocked"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn of_two_last_root_administrators_at_least_one_stays() {
    let world = world().await;
    let (one, two) = (root(&world).await, world.staff("two", BuiltInRole::RootAdmin).await);
    // Neither could approve what concerns them.
    set_threshold(&one, None).await;
    let plan = plan_deletion(&one, json!({ "user_ids": ids(&[&one, &two]) })).await;
    assert_eq!(blocked(&plan)[&one.id.to_string()], "CANNOT_MODIFY_SELF");
    // Both delete each other at the same time.
    let other = plan_deletion(&two, json!({ "user_ids": ids(&[&one, &two]) })).await;
    for (by, plan) in [(&one, &plan), (&two, &other)] {
        by.delete_with(DELETE, json!({ "plan_id": plan["plan_id"] })).await.status(202);
    }
    settle(&world).await;
    let left = [status(&world, one.id).await, status(&world, two.id).await];
    assert_eq!(left.iter().filter(|status| **status == "active").count(), 1, "{left:?}");
}

#[tokio::test]
async fn the_last_root_administrator_is_named_in_the_plan() {
    let world = world().await;
    // An account whose address is not confirmed can act, and cannot be the one who remains.
    let one = root(&world).await;
    let two = world.staff("two", BuiltInRole::RootAdmin).await;
    world.edit(one.id, |user| user.status = provost_domain::Status::PendingVerification).await;
    let plan = plan_deletion(&one, json!({ "user_ids": ids(&[&two]) })).await;
    assert_eq!(blocked(&plan)[&two.id.to_string()], "LAST_SUPERADMIN");
    let body = json!({ "plan_id": plan["plan_id"] });
    one.delete_with(DELETE, body).await.is(409, "INVALID_ACTION");
}

#[tokio::test]
async fn a_sole_owner_is_named_in_the_plan() {
    let world = world().await;
    let root = root(&world).await;
    let (owner, member) = (world.person("owner").await, world.person("member").await);
    crate::access::organisation_of(&world, &owner, &member).await;
    let plan = plan_deletion(&root, json!({ "user_ids": ids(&[&owner, &member]) })).await;
    assert_eq!(blocked(&plan), [(owner.id.to_string(), "SOLE_OWNER".to_owned())].into());
}

#[tokio::test]
async fn a_cancelled_job_changes_nobody_any_more() {
    let world = world().await;
    let root = root(&world).await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let plan = plan_deletion(&root, json!({ "user_ids": ids(&[&ada, &bob]) })).await;
    let started = root.delete_with(DELETE, json!({ "plan_id": plan["plan_id"] })).await.status(202);
    let id = job_id(&started);
    // One user at a time; the first run is out of time after the first.
    let deadline = Deadline::within(Duration::ZERO);
    assert_eq!(fn_bulk_worker::bulk::run(&world.app, id, 1, deadline).await, Outcome::Done);
    let cancelled = root.post(&format!("/v1/jobs/{id}/cancel"), json!({})).await.ok();
    assert_eq!(
        (&cancelled["status"], &cancelled["outcomes"]["done"]),
        (&json!("cancelled"), &json!(1))
    );
    root.post(&format!("/v1/jobs/{id}/cancel"), json!({})).await.is(409, "INVALID_ACTION");
    settle(&world).await;
    assert_eq!(status(&world, ada.id).await, "deleted");
    assert_eq!(status(&world, bob.id).await, "active");
    let restored = undo(&world, &root, &started).await;
    assert_eq!(restored["outcomes"]["done"], 1);
    assert_eq!(status(&world, ada.id).await, "active");
}

#[tokio::test]
async fn a_cancellation_during_a_page_stops_before_the_next_user() {
    let world = world().await;
    let root = root(&world).await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let plan = plan_deletion(&root, json!({ "user_ids": ids(&[&ada, &bob]) })).await;
    let started = root.delete_with(DELETE, json!({ "plan_id": plan["plan_id"] })).await.status(202);
    let id = job_id(&started);
    world.interceptor.reset();
    let mut run = Box::pin(fn_bulk_worker::bulk::run(&world.app, id, 2, ample()));
    let first = async {
        while world.user(ada.id).await.expect("ada").status.as_str() != "deleted" {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        () = first => {}
        _ = &mut run => panic!("the run ended before the first user was seen as deleted"),
    }
    root.post(&format!("/v1/jobs/{id}/cancel"), json!({})).await.ok();
    assert_eq!(run.await, Outcome::AlreadyDone);
    let shown = job(&root, &started).await;
    assert_eq!((&shown["status"], &shown["outcomes"]["done"]), (&json!("cancelled"), &json!(1)));
    assert_eq!(status(&world, bob.id).await, "active");
    assert_eq!(items(&root, &started).await.len(), 1);
    settle(&world).await;
}

#[tokio::test]
async fn ten_thousand_ids_are_planned_and_one_more_is_refused() {
    let world = world().await;
    let root = root(&world).await;
    let ada = world.person("ada").await;
    let mut named: Vec<Value> =
        (1..10_000).map(|_| json!(world.app.id(UserId::new).to_string())).collect();
    named.push(json!(ada.id));
    let plan = plan_deletion(&root, json!({ "user_ids": named })).await;
    assert_eq!(
        (&plan["count"], &plan["blocked_by_code"]),
        (&json!(1), &json!({ "NOT_FOUND": 9_999 }))
    );
    named.push(json!(root.id));
    let body = json!({ "user_ids": named, "dry_run": true });
    root.delete_with(DELETE, body).await.is(422, "VALIDATION_FAILED");
}
