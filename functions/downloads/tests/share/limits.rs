//! A link works exactly as often and as long as its limits allow.

use std::io::Cursor;

use futures_util::future::join_all;
use provost_domain::time::HOUR;
use serde_json::json;

use crate::support::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_external_recipient_downloads_and_decrypts_the_archive() {
    let world = world().await;
    let shared = shared(&world).await;
    let link = shared.link(json!({})).await;
    let seen = world.anyone().get(&link.path).await.status(200);
    assert_eq!(
        (seen["remaining"].as_u64(), seen["passwordRequired"].as_bool()),
        (Some(1), Some(false))
    );
    assert_eq!(seen["name"], format!("provost-export-{}.zip.age", shared.job));
    let visitor = world.anyone().from("203.0.113.9").with_header("user-agent", "curl/8");
    let reply = visitor.post(&link.path, json!({})).await;
    assert_eq!(reply.status.as_u16(), 303, "{}", reply.text());
    assert_eq!(
        (reply.header("cache-control").as_str(), reply.header("referrer-policy").as_str()),
        ("no-store", "no-referrer")
    );
    let archive = provost_testkit::http().get(reply.header("location")).send().await.unwrap();
    assert_eq!(
        archive.headers()["content-disposition"],
        format!("attachment; filename=\"provost-export-{}.zip.age\"", shared.job)
    );
    let bytes = archive.bytes().await.unwrap().to_vec();
    assert_eq!(bytes.len() as u64, seen["size"].as_u64().unwrap());
    provost_archive::verify(Cursor::new(bytes), &shared.identity).unwrap();
    let row = shared.row(&link).await;
    assert_eq!(row["status"], "used_up");
    assert_eq!(
        row["trail"],
        json!([{ "at": world.app.now(), "ip": "203.0.113.9", "userAgent": "curl/8", "outcome": "redeemed" }])
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn viewing_the_link_does_not_consume_it() {
    let world = world().await;
    let shared = shared(&world).await;
    let link = shared.link(json!({})).await;
    for _ in 0..5 {
        world.anyone().get(&link.path).await.status(200);
        browser(&world).get(&link.path).await.status(200);
    }
    assert_eq!(shared.row(&link).await["remaining"], 1);
    assert_eq!(world.anyone().post(&link.path, json!({})).await.status.as_u16(), 303);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_hundred_concurrent_requests_exactly_one_gets_the_single_download() {
    let world = world().await;
    let shared = shared(&world).await;
    let link = shared.link(json!({})).await;
    let anyone = world.anyone();
    let replies = join_all((0..200).map(|_| anyone.post(&link.path, json!({})))).await;
    let (mut through, mut late) = (0, 0);
    for reply in replies {
        if reply.status.as_u16() == 303 {
            through += 1;
        } else {
            reply.is(410, "LINK_USED_UP");
            late += 1;
        }
    }
    assert_eq!((through, late), (1, 199));
    assert_eq!(shared.row(&link).await["trail"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_sixty_concurrent_requests_exactly_seven_get_seven_downloads() {
    let world = world().await;
    let shared = shared(&world).await;
    let link = shared.link(json!({ "maxDownloads": 7 })).await;
    let anyone = world.anyone();
    let replies = join_all((0..60).map(|_| anyone.post(&link.path, json!({})))).await;
    assert_eq!(replies.iter().filter(|reply| reply.status.as_u16() == 303).count(), 7);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_expires_exactly_at_its_expiry_time() {
    let world = world().await;
    let shared = shared(&world).await;
    let link = shared.link(json!({ "expiresInHours": 1, "maxDownloads": 3 })).await;
    world.advance(HOUR - 1);
    assert_eq!(world.anyone().post(&link.path, json!({})).await.status.as_u16(), 303);
    world.advance(1);
    world.anyone().get(&link.path).await.is(410, "LINK_EXPIRED");
    world.anyone().post(&link.path, json!({})).await.is(410, "LINK_EXPIRED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_link_stops_working_immediately() {
    let world = world().await;
    let shared = shared(&world).await;
    let link = shared.link(json!({ "maxDownloads": 3 })).await;
    shared.revoke(&link).await;
    world.anyone().get(&link.path).await.is(410, "LINK_REVOKED");
    world.anyone().post(&link.path, json!({})).await.is(410, "LINK_REVOKED");
    assert_eq!(shared.row(&link).await["remaining"], 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redeeming_is_one_write_and_no_read() {
    let world = world().await;
    let shared = shared(&world).await;
    let link = shared.link(json!({})).await;
    world.interceptor.reset();
    assert_eq!(world.anyone().post(&link.path, json!({})).await.status.as_u16(), 303);
    // Signing a URL passes the interceptor too, but sends no request.
    let calls: Vec<_> =
        world.interceptor.log().into_iter().filter(|call| !call.ends_with("GetObject")).collect();
    assert!(calls.len() == 1 && calls[0].ends_with("UpdateItem"), "{calls:?}");
    world.interceptor.reset();
    world.anyone().get(&link.path).await.is(410, "LINK_USED_UP");
    assert!(world.interceptor.calls() == 1 && world.interceptor.log()[0].ends_with("GetItem"));
}
