//! `GET /api/admin/export-jobs/{id}/download`.

use provost_domain::{BuiltInRole, export::ARCHIVE_LIFE};

use crate::support::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_download_redirects_to_a_url_valid_for_one_minute_and_is_audited() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let id = finished(&world, &grace, &ada).await;
    world.interceptor.reset();
    let reply = grace.get(&job(&format!("{id}/download"))).await;
    assert_eq!(reply.status.as_u16(), 303);
    let url = reply.header("location");
    assert!(
        url.contains("X-Amz-Expires=60&")
            && url.contains(&format!("{id}.zip.age?"))
            && url.contains("response-content-disposition=attachment"),
        "{url}"
    );
    assert_eq!(
        (reply.header("cache-control").as_str(), reply.header("referrer-policy").as_str()),
        ("no-store", "no-referrer")
    );
    assert_eq!(actions(&world).await.last().map(String::as_str), Some("export.downloaded"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archive_cannot_be_downloaded_before_completion_or_after_expiry() {
    let world = world().await;
    let (mut grace, ada) =
        (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let id = asked(&grace, &ada).await;
    let path = job(&format!("{id}/download"));
    grace.get(&path).await.is(409, "IN_PROGRESS");
    world.settle().await;
    world.advance(ARCHIVE_LIFE - 1);
    grace.renew().await;
    assert_eq!(grace.get(&path).await.status.as_u16(), 303);
    world.advance(1);
    grace.renew().await;
    grace.get(&path).await.is(409, "INVALID_ACTION");
    assert_eq!(
        actions(&world).await.iter().filter(|action| *action == "export.downloaded").count(),
        1,
        "a refused download is not recorded as a download"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_download_requires_the_permission() {
    let world = world().await;
    let (sam, grace, ada) = (
        world.staff("sam", BuiltInRole::Staff).await,
        world.staff("grace", BuiltInRole::Admin).await,
        world.person("ada").await,
    );
    let id = finished(&world, &grace, &ada).await;
    let path = job(&format!("{id}/download"));
    world.anyone().get(&path).await.is(401, "UNAUTHENTICATED");
    ada.get(&path).await.is(403, "ADMIN_REQUIRED");
    sam.get(&path).await.is(403, "PERMISSION_DENIED");
    grace.get(&job("exp_01ARZ3NDEKTSV4RRFFQ69G5FAV/download")).await.is(404, "NOT_FOUND");
    grace.get(&format!("{path}?inline=1")).await.is(400, "UNKNOWN_PARAMETER");
}
