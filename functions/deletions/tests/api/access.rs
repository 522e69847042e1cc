//! Access: the permission of each route, the rank rule, and the logging of denied requests.

use http::Method;
use provost_domain::{BuiltInRole, Permission};
use serde_json::json;

use crate::stage::{asked, audited, id, world};

const ROUTES: [(&str, &str); 7] = [
    ("GET", "/api/admin/deletions"),
    ("GET", "/api/admin/deletions/{id}"),
    ("POST", "/api/admin/deletions/{id}/expedite"),
    ("POST", "/api/admin/deletions/{id}/cancel"),
    ("POST", "/api/admin/deletions/{id}/hold"),
    ("DELETE", "/api/admin/deletions/{id}/hold"),
    ("GET", "/api/admin/deletions/{id}/receipt"),
];

#[tokio::test]
async fn unauthenticated_callers_get_401_and_users_get_403_even_with_an_invalid_body() {
    let world = world().await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let request = id(&asked(&ada).await);
    for (method, path) in ROUTES {
        let path = path.replace("{id}", &request);
        let method: Method = method.parse().expect("a method");
        world
            .anyone()
            .ask(method.clone(), &path, "application/json", "{".into())
            .await
            .is(401, "UNAUTHENTICATED");
        ben.ask(method, &path, "application/json", "{".into()).await.is(403, "ADMIN_REQUIRED");
    }
    assert_eq!(
        audited(&world, "access.refused").await,
        0,
        "denied requests of users who are not staff are not logged"
    );
    assert_eq!(
        world
            .user(ada.id)
            .await
            .expect("the user exists")
            .deletion
            .expect("it is pending")
            .id
            .to_string(),
        request
    );
    world.settle().await;
}

#[tokio::test]
async fn staff_with_read_permission_cannot_change_anything() {
    let world = world().await;
    let (ada, sam) = (world.person("ada").await, world.staff("sam", BuiltInRole::Staff).await);
    let request = id(&asked(&ada).await);
    sam.get("/api/admin/deletions").await.ok();
    sam.get(&format!("/api/admin/deletions/{request}")).await.ok();
    for path in ["expedite", "cancel", "hold"] {
        let body = sam
            .post(
                &format!("/api/admin/deletions/{request}/{path}"),
                json!({ "reason": "a good reason" }),
            )
            .await
            .is(403, "PERMISSION_DENIED");
        assert_eq!(body["missing"], json!([format!("deletion.{path}")]));
    }
    sam.delete_with(&format!("/api/admin/deletions/{request}/hold"), json!({}))
        .await
        .is(403, "PERMISSION_DENIED");
    world.settle().await;
}

#[tokio::test]
async fn staff_cannot_expedite_the_deletion_of_a_user_of_equal_or_higher_rank() {
    let world = world().await;
    let (grace, root) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("root", BuiltInRole::RootAdmin).await,
    );
    let (peer, above, rich) = (
        world.staff("peer", BuiltInRole::Admin).await,
        world.staff("above", BuiltInRole::RootAdmin).await,
        world.person("rich").await,
    );
    world
        .edit(rich.id, |user| {
            user.grants.insert(Permission::UserPurge);
        })
        .await;
    for person in [&peer, &above, &rich] {
        let request = id(&asked(person).await);
        grace
            .post(
                &format!("/api/admin/deletions/{request}/expedite"),
                json!({ "reason": "a good reason" }),
            )
            .await
            .is(403, "OUTRANKED");
        assert!(world.user(person.id).await.is_some_and(|user| {
            user.deletion.is_some_and(|deletion| deletion.due_at > world.app.now())
        }));
        root.post(
            &format!("/api/admin/deletions/{request}/expedite"),
            json!({ "reason": "a good reason" }),
        )
        .await
        .status(202);
    }
    assert_eq!(
        audited(&world, "access.refused").await,
        1,
        "one entry per minute for a caller, a route and a code"
    );
    world.settle().await;
    for person in [&peer, &above, &rich] {
        assert!(world.user(person.id).await.is_none());
    }
}

#[tokio::test]
async fn unknown_requests_return_404() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    for request in ["del_01ARZ3NDEKTSV4RRFFQ69G5FAV", "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV", "x"] {
        for (method, path) in ROUTES.iter().skip(1) {
            let body = if *method == "GET" {
                bytes::Bytes::new()
            } else {
                json!({ "reason": "a good reason" }).to_string().into()
            };
            grace
                .ask(
                    method.parse().expect("a method"),
                    &path.replace("{id}", request),
                    "application/json",
                    body,
                )
                .await
                .is(404, "NOT_FOUND");
        }
    }
}
