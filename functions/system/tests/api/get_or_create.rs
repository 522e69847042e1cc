//! `POST /v1/system/users/get-or-create`.

use futures_util::future::join_all;
use provost_domain::{
    BuiltInRole,
    Permission::{BillingRead, RoleAssign, UserCreate, UserDelete, UserUpdate},
    Status,
};
use serde_json::{Value, json};

use crate::support::{entries, service, world};

const PATH: &str = "/v1/system/users/get-or-create";

fn body() -> Value {
    json!({ "email": "rana+lms@example.org", "name": "Rana Das" })
}

#[tokio::test]
async fn of_sixty_requests_at_once_one_creates_the_user_and_all_others_get_it() {
    let world = world().await;
    let learning = service(&world, "learning", &[UserCreate]).await;
    for with_phone in [false, true] {
        let mut body = body();
        if with_phone {
            (body["email"], body["phone"]) = (json!("other@example.org"), json!("+4722225555"));
        }
        let users = world.app.store().count_users().await.expect("the table responds");
        let all = join_all((0..60).map(|_| learning.post(PATH, body.clone()))).await;
        let mut statuses: Vec<_> = all.iter().map(|reply| reply.status.as_u16()).collect();
        statuses.sort_unstable();
        assert_eq!((&statuses[..59], statuses[59]), (&[200; 59][..], 201));
        let ids: std::collections::BTreeSet<_> =
            all.iter().map(|reply| reply.json()["user"]["id"].to_string()).collect();
        assert_eq!(ids.len(), 1);
        let after = world.app.store().count_users().await.expect("the table responds");
        assert_eq!(after, users + 1);
    }
}

#[tokio::test]
async fn spellings_of_one_address_are_one_person_and_nothing_is_overwritten() {
    let world = world().await;
    let learning = service(&world, "learning", &[UserCreate, BillingRead]).await;
    let created = learning.post(PATH, body()).await.status(201);
    assert_eq!(
        (&created["created"], &created["user"]["status"]),
        (&json!(true), &json!("pending_verification"))
    );
    assert_eq!(created["user"]["is_learner"], true);
    let user = created["user"]["id"].as_str().expect("an id").parse().expect("an id");
    let log = entries(&world, user).await;
    assert_eq!(
        (log[0].action.as_str(), log[0].actor_name.as_str()),
        ("user.created", "service:learning")
    );
    let same = json!({ "email": "Rana+LMS@Example.org ", "name": "Somebody Else", "phone": "+4722225555" });
    let found = learning.post(PATH, same).await.status(200);
    assert_eq!((&found["created"], &found["user"]["id"]), (&json!(false), &created["user"]["id"]));
    assert_eq!(
        (&found["user"]["name"], &found["user"]["phone"]),
        (&json!("Rana Das"), &Value::Null)
    );
    assert_eq!(found["user"]["version"], 1);
    let other = json!({ "email": "rana@example.org", "name": "Rana" });
    assert_ne!(learning.post(PATH, other).await.status(201)["user"]["id"], created["user"]["id"]);
}

#[tokio::test]
async fn an_existing_user_is_changed_only_when_asked_and_permitted() {
    let world = world().await;
    let narrow = service(&world, "narrow", &[UserCreate]).await;
    let learning = service(&world, "learning", &[UserCreate, UserUpdate]).await;
    let created = learning.post(PATH, body()).await.status(201);
    let mut change = body();
    change["name"] = json!("Rana D");
    change["update_if_exists"] = json!(true);
    change["defaults"] = json!({ "profile": { "city": "Dhaka" } });
    let refused = narrow.post(PATH, change.clone()).await.is(403, "PERMISSION_DENIED");
    assert_eq!(refused["missing"], json!(["user.update"]));
    let changed = learning.post(PATH, change).await.status(200);
    assert_eq!(
        (&changed["user"]["id"], &changed["user"]["name"], &changed["user"]["profile"]["city"]),
        (&created["user"]["id"], &json!("Rana D"), &json!("Dhaka"))
    );
    // A service does not change somebody who may do more than itself.
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    let body = json!({ "email": grace.email, "name": "Eve", "update_if_exists": true });
    learning.post(PATH, body).await.is(403, "OUTRANKED");
}

#[tokio::test]
async fn contacts_of_two_users_are_never_merged() {
    let world = world().await;
    let learning = service(&world, "learning", &[UserCreate]).await;
    let one = json!({ "email": "one@example.org", "name": "One", "phone": "+4722225555" });
    let one = learning.post(PATH, one).await.status(201);
    let two = json!({ "email": "two@example.org", "name": "Two" });
    let two = learning.post(PATH, two).await.status(201);
    let both = json!({ "email": "two@example.org", "phone": "+4722225555" });
    let refused = learning.post(PATH, both).await.is(409, "ALREADY_EXISTS");
    assert_eq!(
        (&refused["phone_user"], &refused["email_user"]),
        (&one["user"]["id"], &two["user"]["id"])
    );
    // A phone number alone finds its user, and creates none.
    let by_phone = learning.post(PATH, json!({ "phone": "+47 22 22 55 55" })).await.status(200);
    assert_eq!(by_phone["user"]["id"], one["user"]["id"]);
    for (field, body) in [
        ("email", json!({})),
        ("email", json!({ "phone": "+4722225556", "name": "Three" })),
        ("name", json!({ "email": "three@example.org" })),
        ("email", json!({ "email": "Das <three@example.org>", "name": "Three" })),
        (
            "defaults.profile.country",
            json!({ "email": "three@example.org", "name": "Three", "defaults": { "profile": { "country": "ZZ" } } }),
        ),
        ("roles", json!({ "email": "three@example.org", "name": "Three", "roles": ["admin"] })),
    ] {
        let refused = learning.post(PATH, body).await.is(422, "VALIDATION_FAILED");
        assert_eq!(refused["errors"][0]["field"], field);
    }
}

#[tokio::test]
async fn an_external_id_names_its_user_whatever_the_contact() {
    let world = world().await;
    let learning = service(&world, "learning", &[UserCreate, UserUpdate]).await;
    let rana = json!({ "email": "rana@example.org", "name": "Rana", "external_id": "lms-1" });
    let created = learning.post(PATH, rana).await.status(201);
    assert_eq!(created["user"]["external_id"], "lms-1");
    let id = &created["user"]["id"];
    for body in [
        json!({ "external_id": "lms-1" }),
        json!({ "external_id": "lms-1", "email": "moved@example.org" }),
        json!({ "email": "rana@example.org" }),
    ] {
        let found = learning.post(PATH, body).await.status(200);
        assert_eq!((&found["user"]["id"], &found["user"]["version"]), (id, &json!(1)));
    }
    // Another external id at the same contact is another person.
    let other = json!({ "email": "rana@example.org", "external_id": "LMS-1" });
    assert_eq!(learning.post(PATH, other).await.is(409, "ALREADY_EXISTS")["field"], "external_id");
    // A user without one gets it when that is asked for.
    let bob = json!({ "email": "bob@example.org", "name": "Bob" });
    let bob = learning.post(PATH, bob).await.status(201)["user"]["id"].clone();
    let mut body = json!({ "email": "bob@example.org", "external_id": "lms-2" });
    assert_eq!(
        learning.post(PATH, body.clone()).await.status(200)["user"]["external_id"],
        Value::Null
    );
    body["update_if_exists"] = json!(true);
    let found = learning.post(PATH, body).await.status(200);
    assert_eq!((&found["user"]["id"], &found["user"]["external_id"]), (&bob, &json!("lms-2")));
    let both = json!({ "email": "bob@example.org", "external_id": "lms-1" });
    let refused = learning.post(PATH, both).await.is(409, "ALREADY_EXISTS");
    assert_eq!((&refused["email_user"], &refused["external_id_user"]), (&bob, id));
    let nobody = learning.post(PATH, json!({ "external_id": "lms-3", "name": "X" })).await;
    assert_eq!(nobody.is(422, "VALIDATION_FAILED")["errors"][0]["field"], "email");
    let wrong = json!({ "email": "x@example.org", "name": "X", "external_id": "a\nb" });
    let refused = learning.post(PATH, wrong).await.is(422, "VALIDATION_FAILED");
    assert_eq!(refused["errors"][0]["field"], "external_id");
}

#[tokio::test]
async fn of_many_requests_with_one_external_id_one_creates_the_user() {
    let world = world().await;
    let learning = service(&world, "learning", &[UserCreate]).await;
    let request = async |n: usize| {
        let email = format!("rana{n}@example.org");
        let body = json!({ "email": email, "name": "Rana", "external_id": "lms-1" });
        learning.post(PATH, body).await
    };
    let all = join_all((0..8).map(request)).await;
    let ids: std::collections::BTreeSet<_> =
        all.iter().map(|reply| reply.json()["user"]["id"].to_string()).collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
}

#[tokio::test]
async fn a_deleted_account_is_restored_only_when_asked_and_permitted() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let learning = service(&world, "learning", &[UserCreate]).await;
    let restorer = service(&world, "restorer", &[UserCreate, UserDelete, RoleAssign]).await;
    let created = learning.post(PATH, body()).await.status(201);
    let id = created["user"]["id"].as_str().expect("an id");
    root.delete(&format!("/v1/users/{id}")).await.ok();
    assert_eq!(learning.post(PATH, body()).await.is(409, "CONTACT_RESERVED")["field"], "email");
    let mut again = body();
    again["on_deleted"] = json!("restore");
    learning.post(PATH, again.clone()).await.is(403, "PERMISSION_DENIED");
    let restored = restorer.post(PATH, again).await.status(200);
    assert_eq!(
        (&restored["user"]["id"], &restored["user"]["status"]),
        (&json!(id), &json!("pending_verification"))
    );
    let stored = world.user(id.parse().expect("an id")).await.expect("rana");
    assert!(stored.deletion.is_none() && stored.status == Status::PendingVerification);
}
