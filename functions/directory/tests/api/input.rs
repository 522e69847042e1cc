//! Any input is treated as search text only, never as syntax.

use provost_domain::BuiltInRole;

use crate::stage::{encoded, found, ids, organisation, path, world};

#[tokio::test]
async fn impossible_search_texts_are_rejected_with_the_field() {
    let world = world().await;
    let grace = world.staff("grace", BuiltInRole::Admin).await;
    for q in [
        "",
        " ",
        "\t\t",
        "a\nb",
        "a\0b",
        "\u{1b}[31m",
        "\u{202e}ada",
        "a\u{200b}da",
        "\u{feff}ada\u{feff}x",
        &"a".repeat(255),
        &"a".repeat(10_240),
        &"ü".repeat(255),
    ] {
        let refused = grace.get(&path(q)).await.is(422, "VALIDATION_FAILED");
        assert_eq!(
            refused["errors"][0]["field"],
            "q",
            "{:?}",
            &q.chars().take(20).collect::<String>()
        );
    }
    grace.get("/api/admin/search").await.is(422, "VALIDATION_FAILED");
    grace.get("/api/admin/search?q=a&q=b").await.is(422, "VALIDATION_FAILED");
    assert_eq!(
        grace.get("/api/admin/search?query=ada").await.is(400, "UNKNOWN_PARAMETER")["parameter"],
        "query"
    );
    for (query, field) in [
        ("kind=people", "kind"),
        ("kind=", "kind"),
        ("limit=0", "limit"),
        ("limit=51", "limit"),
        ("limit=-1", "limit"),
        ("limit=ten", "limit"),
        ("cursor=", "cursor"),
        ("kind=users&cursor=x", "cursor"),
        ("cursor=x", "kind"),
    ] {
        let refused = grace
            .get(&format!("/api/admin/search?q=ada&{query}"))
            .await
            .is(422, "VALIDATION_FAILED");
        assert_eq!(refused["errors"][0]["field"], field, "{query}");
    }
    grace.get("/api/admin/search?q=ada&page=2").await.is(400, "UNKNOWN_PARAMETER");
    // Bytes that are not valid UTF-8.
    let reply = grace.get("/api/admin/search?q=%FF%FE").await;
    assert!(reply.status.as_u16() < 500, "{}", reply.text());
}

#[tokio::test]
async fn malicious_texts_find_nothing_and_break_nothing() {
    let world = world().await;
    let (grace, ada) = (world.staff("grace", BuiltInRole::Admin).await, world.person("ada").await);
    organisation(&world, &ada, "Apex", "apex").await;
    grace.get(&path("\u{10ffff}")).await.is(422, "VALIDATION_FAILED");
    for q in [
        ":hash",
        "#hash = :hash OR attribute_exists(pk)",
        "begins_with(#range, :range)",
        "\" OR 1=1 --",
        "'; DROP TABLE users; --",
        "*",
        "%",
        "_",
        "?",
        "ada*",
        "^ada",
        "{\"S\":\"ada\"}",
        "${jndi:ldap://x}",
        "../../etc/passwd",
        "<script>",
        "USER#usr_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "#",
        "~",
        "аdа",
        "İİİ",
        "ﬃ",
        "🦀",
        "e\u{301}",
        &"İ".repeat(254),
        &"𐐀".repeat(254),
        &"a".repeat(254),
        &format!("{}@example.org", "a".repeat(240)),
        "a@b@c@d",
        "@example.org",
        "ada@xn--zz-.example",
        "usr_",
        "org_01ARZ3NDEKTSV4RRFFQ69G5FAU",
        "srv_00000000000000000000000000",
        "prd_7ZZZZZZZZZZZZZZZZZZZZZZZZZ",
    ] {
        let groups = found(&grace, q).await;
        for kind in ["users", "organisations", "servers", "orders"] {
            assert_eq!(groups[kind]["rows"].as_array().map(Vec::len), Some(0), "{kind} {q:?}");
            assert_eq!(groups[kind]["total"], 0);
        }
    }
    // The text is returned unchanged, and the response is valid JSON.
    let reply = grace.get(&path(" \"<b>' ")).await.ok();
    assert_eq!(reply["query"], "\"<b>'");
}

#[tokio::test]
async fn a_single_letter_of_any_script_is_a_valid_search() {
    let world = world().await;
    let (grace, wang, yara) = (
        world.staff("grace", BuiltInRole::Admin).await,
        world.person("wang").await,
        world.person("yara").await,
    );
    world
        .edit(wang.id, |person| {
            (person.first_name, person.last_name) = ("王".to_owned(), "小明".to_owned())
        })
        .await;
    world
        .edit(yara.id, |person| {
            (person.first_name, person.last_name) = ("ЯНА".to_owned(), "Орлова".to_owned())
        })
        .await;
    for (q, id) in [
        ("王", wang.id),
        ("王 小", wang.id),
        ("w", wang.id),
        ("я", yara.id),
        ("Яна  орл", yara.id),
        ("y", yara.id),
    ] {
        assert_eq!(ids(&found(&grace, q).await["users"]), [id.to_string()], "{q:?}");
    }
    let reply = grace.get(&format!("/api/admin/search?q={}&kind=users", encoded("王"))).await.ok();
    assert_eq!(reply["groups"].as_object().map(serde_json::Map::len), Some(1));
}
