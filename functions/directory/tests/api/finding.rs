//! Each kind is found by each of its keys, the most specific match first.

use provost_domain::BuiltInRole;
use serde_json::{Value, json};

use crate::stage::{ENTERPRISE, PRO, field, found, ids, organisation, server, world};

#[tokio::test]
async fn users_are_found_by_id_address_username_unique_id_and_name_or_address_prefix() {
    let world = world().await;
    let (grace, ada, bob) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.person("ada").await,
        world.person("bob").await,
    );
    world.edit(ada.id, |ada| ada.first_name = "Augusta".to_owned()).await;
    // As the user would set it.
    let before = world.user(ada.id).await.expect("the user exists");
    let username: provost_domain::Username = "countess".parse().expect("a username");
    let mut tx = world.app.transaction();
    tx.move_username(ada.id, None, &username, world.app.now()).expect("a claim");
    tx.save_user(&provost_domain::User { username: Some(username), ..before.clone() })
        .expect("a user");
    tx.commit().await.expect("no concurrent write");

    let id = ada.id.to_string();
    for (q, by) in [
        (id.as_str(), "id"),
        (&format!("  {id} "), "id"),
        (&ada.email, "email"),
        (&ada.email.to_uppercase(), "email"),
        ("countess", "username"),
        ("COUNTESS", "username"),
        (&id.to_lowercase(), "id"),
        (&before.unique_id, "uniqueId"),
        ("augusta lind", "name"),
        ("AUGUSTA   Lindqvist", "name"),
        ("lindqvist augusta", "name"),
        ("augsuta lindqvist", "name"),
        ("ountess", "usernamePart"),
        ("a", "emailPrefix"),
        ("ada@", "emailPrefix"),
        ("da@user.exam", "emailPart"),
        ("Ada", "emailPrefix"),
    ] {
        let groups = found(&grace, q).await;
        assert_eq!(
            (ids(&groups["users"]), field(&groups["users"], "matchedOn")),
            (vec![id.clone()], vec![by.to_owned()]),
            "{q:?}"
        );
        assert_eq!(
            (&groups["users"]["total"], &groups["users"]["nextCursor"]),
            (&json!(1), &Value::Null)
        );
    }
    let row = &found(&grace, &id).await["users"]["rows"][0];
    assert_eq!(
        (&row["name"], &row["email"], &row["username"], &row["status"], &row["role"]),
        (
            &json!("Augusta Lindqvist"),
            &json!(ada.email),
            &json!("countess"),
            &json!("active"),
            &json!("user")
        )
    );
    for q in ["usr_01ARZ3NDEKTSV4RRFFQ69G5FAV", &id[..29], "example.org", "zzz"] {
        assert!(ids(&found(&grace, q).await["users"]).is_empty(), "{q:?}");
    }
    // The row shows the current status: an expired suspension no longer counts.
    world.edit(bob.id, |bob| bob.status = provost_domain::Status::Inactive).await;
    assert_eq!(found(&grace, "bob").await["users"]["rows"][0]["status"], "inactive");
}

#[tokio::test]
async fn organisations_are_found_by_id_handle_and_name_prefix_also_after_a_rename() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let made = ada
        .post("/api/organisations", json!({"name": "Äpex  Games", "handle": "apex-games"}))
        .await
        .status(201);
    let id = made["id"].as_str().expect("an id").to_owned();
    for (q, by) in [
        (id.as_str(), "id"),
        ("apex-games", "handle"),
        ("APEX-Games", "handle"),
        ("äpex", "name"),
        ("ÄPEX GAM", "name"),
    ] {
        let groups = found(&grace, q).await;
        assert_eq!(
            (ids(&groups["organisations"]), field(&groups["organisations"], "matchedOn")),
            (vec![id.clone()], vec![by.to_owned()]),
            "{q:?}"
        );
    }
    let row = &found(&grace, &id).await["organisations"]["rows"][0];
    assert_eq!(row, &{
        let mut by_name = found(&grace, "äpex").await["organisations"]["rows"][0].clone();
        by_name["matchedOn"] = json!("id");
        by_name
    });
    assert_eq!(
        (&row["handle"], &row["ownerId"], &row["portalTier"]),
        (&json!("apex-games"), &json!(ada.id), &json!("free"))
    );

    ada.put(&format!("/api/organisations/{id}"), json!({"name": "Zenith", "handle": "zenith"}))
        .await
        .ok();
    for gone in ["äpex", "apex-games"] {
        assert!(ids(&found(&grace, gone).await["organisations"]).is_empty(), "{gone:?}");
    }
    for now in ["zen", "zenith"] {
        assert_eq!(ids(&found(&grace, now).await["organisations"]), vec![id.clone()], "{now:?}");
    }
    ada.delete(&format!("/api/organisations/{id}")).await.ok();
    for gone in ["zen", "zenith", &id] {
        assert!(ids(&found(&grace, gone).await["organisations"]).is_empty(), "{gone:?}");
    }
}

#[tokio::test]
async fn servers_are_found_by_id_and_name_prefix_until_they_are_removed() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    let apex = organisation(&world, &ada, "Apex", "apex").await;
    let servers = format!("/api/organisations/{apex}/servers");
    let id = ada.post(&servers, json!({"name": "Mine Craft 1"})).await.status(201)["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    for (q, by) in [(id.as_str(), "id"), ("mine", "name"), ("MINE  CRAFT", "name")] {
        let groups = found(&grace, q).await;
        assert_eq!(
            (ids(&groups["servers"]), field(&groups["servers"], "matchedOn")),
            (vec![id.clone()], vec![by.to_owned()]),
            "{q:?}"
        );
        assert_eq!(groups["servers"]["rows"][0]["organisationId"], json!(apex));
    }
    ada.delete(&format!("{servers}/{id}")).await.status(204);
    for q in [id.as_str(), "mine"] {
        assert!(ids(&found(&grace, q).await["servers"]).is_empty(), "{q:?}");
    }
}

#[tokio::test]
async fn orders_are_found_by_plan_and_by_user_until_they_are_cancelled() {
    let world = world().await;
    let (grace, ada, bob) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.person("ada").await,
        world.person("bob").await,
    );
    for someone in [&ada, &bob] {
        grace
            .post(&format!("/api/admin/users/{}/apply-plan", someone.id), json!({"planId": PRO}))
            .await
            .ok();
        world.advance(1000);
    }
    let holders = field(&found(&grace, PRO).await["orders"], "userId");
    assert_eq!(holders, [bob.id.to_string(), ada.id.to_string()], "the latest first");
    for (q, by) in [(ada.id.to_string(), "id"), (ada.email.clone(), "email")] {
        let orders = found(&grace, &q).await["orders"].clone();
        assert_eq!(
            (
                &orders["rows"][0]["planId"],
                &orders["rows"][0]["userId"],
                &orders["rows"][0]["matchedOn"],
                &orders["total"]
            ),
            (&json!(PRO), &json!(ada.id), &json!(by), &json!(1))
        );
        assert_eq!(
            (&orders["rows"][0]["planName"], &orders["rows"][0]["portalTier"]),
            (&json!("Pro Portal"), &json!("paid"))
        );
    }
    // A new plan replaces the old one; a cancelled plan is gone.
    grace
        .post(&format!("/api/admin/users/{}/apply-plan", bob.id), json!({"planId": ENTERPRISE}))
        .await
        .ok();
    assert_eq!(field(&found(&grace, PRO).await["orders"], "userId"), [ada.id.to_string()]);
    assert_eq!(field(&found(&grace, ENTERPRISE).await["orders"], "userId"), [bob.id.to_string()]);
    grace.delete(&format!("/api/admin/users/{}/cancel-plan", ada.id)).await.ok();
    for q in [PRO, &ada.email] {
        assert_eq!(
            found(&grace, q).await["orders"],
            json!({"rows": [], "total": 0, "nextCursor": null}),
            "{q:?}"
        );
    }
}

#[tokio::test]
async fn the_most_specific_match_comes_first_and_no_result_repeats() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    // One user whose username equals the text, one whose name starts with it, one whose name and
    // address start with it, and one whose address starts with it.
    let (ada, adam, adelle, zoe) = (
        world.person("ada").await,
        world.person("adam").await,
        world.person("adelle").await,
        world.person("adzoe").await,
    );
    world.edit(ada.id, |ada| ada.first_name = "Zelda".to_owned()).await;
    world.edit(zoe.id, |zoe| zoe.first_name = "Zoe".to_owned()).await;
    let before = world.user(adelle.id).await.expect("the user exists");
    let username: provost_domain::Username = "ada".parse().expect("a username");
    let mut tx = world.app.transaction();
    tx.move_username(adelle.id, None, &username, world.app.now()).expect("a claim");
    tx.save_user(&provost_domain::User { username: Some(username), ..before }).expect("a user");
    tx.commit().await.expect("no concurrent write");

    let users = found(&grace, "ad").await["users"].clone();
    let expected = [ada.id, adam.id, adelle.id, zoe.id].map(|id| id.to_string());
    let mut listed = ids(&users);
    listed.sort_unstable();
    assert_eq!(listed, expected);
    let users = found(&grace, "ada").await["users"].clone();
    assert_eq!(ids(&users), [adelle.id.to_string(), ada.id.to_string(), adam.id.to_string()]);
    assert_eq!(field(&users, "matchedOn"), ["username", "emailPrefix", "emailPrefix"]);
    assert_eq!(users["search"]["literalTotal"], 3);

    // One text may match items of every kind.
    let apex = organisation(&world, &ada, "Other", "adam").await;
    let named = organisation(&world, &ada, "Adamant", "adamant").await;
    let box_of = server(&world, apex, "adam's box").await;
    grace
        .post(&format!("/api/admin/users/{}/apply-plan", adelle.id), json!({"planId": PRO}))
        .await
        .ok();
    let groups = found(&grace, "adam").await;
    // The others are only similar.
    assert_eq!(ids(&groups["users"])[0], adam.id.to_string());
    assert_eq!(groups["users"]["search"]["literalTotal"], 1);
    assert_eq!(ids(&groups["organisations"]), [apex.to_string(), named.to_string()]);
    assert_eq!(field(&groups["organisations"], "matchedOn"), ["handle", "name"]);
    assert_eq!(ids(&groups["servers"]), [box_of.to_string()]);
    assert_eq!(
        field(&found(&grace, "ada").await["orders"], "userId"),
        [adelle.id.to_string()],
        "the username's owner has a plan"
    );
}
