//! The link in the email: opening it changes nothing, its button cancels the deletion.

use provost_auth::{Purpose, token::LinkClaims};
use provost_domain::{BuiltInRole, DeletionId, Status, time::DAY};
use provost_testkit::World;
use serde_json::json;

use crate::stage::{asked, audited, id, world};

async fn link(world: &World, request: &str, life: i64) -> String {
    let sub: DeletionId = request.parse().expect("an id");
    let signer =
        world.app.keys().signer(Purpose::Link, world.app.now()).await.expect("the key exists");
    format!(
        "/cancel-deletion/{}",
        signer.sign(LinkClaims::CancelDeletion { sub }, world.app.now(), life).expect("it signs")
    )
}

#[tokio::test]
async fn opening_the_link_changes_nothing_and_its_button_keeps_the_account() {
    let world = world().await;
    let ada = world.person("ada").await;
    let link = link(&world, &id(&asked(&ada).await), 14 * DAY).await;
    for appended in ["", "?utm_source=mail", "?fbclid=x"] {
        let page = world.anyone().get(&format!("{link}{appended}")).await;
        page.status(200);
        assert!(
            page.header("content-type").starts_with("text/html")
                && page.text().contains("<form method=\"post\">"),
            "{}",
            page.text()
        );
        assert_eq!(
            (page.header("cache-control"), page.header("referrer-policy")),
            ("no-store".to_owned(), "no-referrer".to_owned())
        );
    }
    assert_eq!(world.user(ada.id).await.expect("the user exists").status, Status::Deleted);
    let kept = world
        .anyone()
        .ask(http::Method::POST, &link, "application/x-www-form-urlencoded", "".into())
        .await;
    kept.status(200);
    assert!(kept.text().contains("Your account has been kept"));
    assert_eq!(world.user(ada.id).await.expect("the user exists").status, Status::Active);
    assert_eq!(audited(&world, "deletion.cancelled").await, 1);
    // Pressing it again returns the same page and changes nothing.
    world.anyone().post(&link, json!({})).await.status(200);
    assert_eq!(audited(&world, "deletion.cancelled").await, 1);
    world.settle().await;
    assert_eq!(
        world.runner.queue_depth("mail").await.expect("the queue responds").total(),
        2,
        "one for the request, one for the cancellation"
    );
}

#[tokio::test]
async fn the_ip_address_of_the_caller_is_sealed_with_the_key_of_the_user() {
    let world = world().await;
    let ada = world.person("ada").await;
    let link = link(&world, &id(&asked(&ada).await), DAY).await;
    world.anyone().from("127.0.0.77").post(&link, json!({})).await.status(200);
    let entries = world
        .emulators
        .dynamodb()
        .scan()
        .table_name(&world.app.store().names().audit)
        .send()
        .await
        .expect("the table responds");
    assert!(!format!("{:?}", entries.items()).contains("127.0.0.77"));
    world.settle().await;
}

#[tokio::test]
async fn forged_expired_and_unrelated_links_are_invalid() {
    let world = world().await;
    let ada = world.person("ada").await;
    let request = id(&asked(&ada).await);
    let good = link(&world, &request, DAY).await;
    let mut forged = good.clone();
    let place = forged.len() - 20;
    let other_than_there = if &forged[place..=place] == "A" { "B" } else { "A" };
    forged.replace_range(place..=place, other_than_there);
    let signer =
        world.app.keys().signer(Purpose::Link, world.app.now()).await.expect("the key exists");
    let other = signer
        .sign(
            LinkClaims::ResetPassword { sub: ada.id, resets: 0, email: String::new() },
            world.app.now(),
            DAY,
        )
        .expect("it signs");
    for link in [
        forged,
        format!("/cancel-deletion/{other}"),
        "/cancel-deletion/x".to_owned(),
        link(&world, "del_01ARZ3NDEKTSV4RRFFQ69G5FAV", DAY).await,
    ] {
        world.anyone().get(&link).await.status(404);
        world.anyone().post(&link, json!({})).await.status(404);
    }
    world.advance(2 * DAY);
    world.anyone().get(&good).await.status(410);
    world.anyone().post(&good, json!({})).await.status(410);
    assert_eq!(world.user(ada.id).await.expect("the user exists").status, Status::Deleted);
    assert_eq!(audited(&world, "deletion.cancelled").await, 0);
    world.settle().await;
}

#[tokio::test]
async fn after_the_erasure_the_link_is_gone() {
    let world = world().await;
    let (ada, grace) = (world.person("ada").await, world.staff("grace", BuiltInRole::Admin).await);
    let request = id(&asked(&ada).await);
    let link = link(&world, &request, 14 * DAY).await;
    grace
        .post(
            &format!("/api/admin/deletions/{request}/expedite"),
            json!({ "reason": "asked by phone" }),
        )
        .await
        .status(202);
    world.settle().await;
    world.anyone().get(&link).await.status(410);
    world.anyone().post(&link, json!({})).await.status(410);
}

#[tokio::test]
async fn a_link_of_an_earlier_request_does_not_claim_that_the_account_is_kept() {
    let world = world().await;
    let ada = world.person("ada").await;
    let earlier = link(&world, &id(&asked(&ada).await), 14 * DAY).await;
    let press = |link: String| {
        let anyone = world.anyone();
        async move {
            anyone
                .ask(http::Method::POST, &link, "application/x-www-form-urlencoded", "".into())
                .await
        }
    };
    press(earlier.clone()).await.status(200);
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let again = json!({"confirmDelete": true, "reason": "Requested in writing."});
    root.delete_with(&format!("/api/admin/users/{}", ada.id), again).await.status(202);
    for page in [world.anyone().get(&earlier).await, press(earlier).await] {
        page.status(410);
        assert!(
            page.text().contains("This link belongs to an earlier request")
                && !page.text().contains("<form"),
            "{}",
            page.text()
        );
    }
    assert_eq!(world.user(ada.id).await.expect("the user exists").status, Status::Deleted);
    world.settle().await;
}
