//! `POST /v1/users/bulk/import`: rows that are known by an external id.

use provost_domain::BuiltInRole;
use provost_testkit::Someone;
use serde_json::{Value, json};

use super::{import, numbers, owner, plan, problems, world};

async fn show(by: &Someone<'_>, email: &str) -> Value {
    by.get(&format!("/v1/users/email:{email}")).await.ok()
}

#[tokio::test]
async fn a_row_whose_external_id_exists_is_that_user_whatever_its_address() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let file =
        "external_id,email,name\nhr-1,ada@import.example,Ada\n000123,bela@import.example,Bela\n";
    let first = import(&root, file).await;
    assert_eq!(numbers(&first), (2, 0, 0));
    let ada = show(&root, "ada@import.example").await;
    assert_eq!(ada["external_id"], "hr-1");
    assert_eq!(show(&root, "bela@import.example").await["external_id"], "000123");
    assert_eq!(numbers(&import(&root, file).await), (0, 2, 0));
    // Ada has another address in the other system by now, and Bela has not.
    let moved = file.replace("ada@", "ada.l@");
    let report = import(&root, &moved).await;
    assert_eq!(numbers(&report), (0, 2, 0));
    assert_eq!(
        report["existing_users"],
        json!([
            { "line": 2, "user_id": ada["id"], "known_by": "external_id", "differs": "email" },
            { "line": 3, "user_id": first["created_users"][1]["user_id"], "known_by": "external_id" },
        ])
    );
    assert_eq!(owner(&world, "ada.l@import.example").await, None);
    assert_eq!(show(&root, "ada@import.example").await, ada);
    // Its letter case counts: this is somebody else.
    let other = file.replace("hr-1,ada@", "HR-1,other@");
    assert_eq!(numbers(&import(&root, &other).await), (1, 1, 0));
    world.settle().await;
}

#[tokio::test]
async fn a_user_who_is_known_by_the_address_keeps_their_external_id() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    import(
        &root,
        "external_id,email,name\nhr-1,ada@import.example,Ada\n,bela@import.example,Bela\n",
    )
    .await;
    let ids = [show(&root, "ada@import.example").await, show(&root, "bela@import.example").await];
    let file =
        "external_id,email,name\nhr-2,ada@import.example,Ada\nhr-3,bela@import.example,Bela\n";
    let report = import(&root, file).await;
    assert_eq!(numbers(&report), (0, 1, 1));
    let (column, code) = ("external_id".to_owned(), "other_external_id".to_owned());
    assert_eq!(problems(&report), [(2, column, code)]);
    assert_eq!(report["problems"][0]["user_id"], ids[0]["id"]);
    assert_eq!(
        report["existing_users"],
        json!([{ "line": 3, "user_id": ids[1]["id"], "known_by": "email", "differs": "external_id" }])
    );
    assert_eq!(show(&root, "ada@import.example").await, ids[0]);
    assert_eq!(show(&root, "bela@import.example").await, ids[1], "left as she is");
    world.settle().await;
}

#[tokio::test]
async fn an_external_id_that_is_repeated_or_damaged_is_named_with_its_line() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let file = "external_id,email,name\nhr-1,a@import.example,A\nHR-1,b@import.example,B\n\
        hr-1,c@import.example,C\n1.23457E+17,d@import.example,D\n";
    let report = plan(&root, file).await;
    assert_eq!(numbers(&report), (2, 0, 2));
    let named: Vec<_> = problems(&report);
    assert_eq!(named[0], (4, "external_id".to_owned(), "repeated_value".to_owned()));
    assert!(report["problems"][0]["message"].as_str().expect("a text").starts_with("Line 2 has"));
    assert_eq!((named[1].0, named[1].1.as_str()), (5, "external_id"));
    let lines = json!({ "email": "e@import.example", "name": "E", "external_id": "x".repeat(201) });
    let report = plan(&root, lines.to_string()).await;
    assert_eq!(problems(&report), [(1, "external_id".to_owned(), "invalid".to_owned())]);
    let lines = json!({ "email": "e@import.example", "name": "E", "external_id": 77 });
    assert_eq!(numbers(&import(&root, lines.to_string()).await), (1, 0, 0));
    assert_eq!(show(&root, "e@import.example").await["external_id"], "77");
    world.settle().await;
}

#[tokio::test]
async fn an_external_id_is_filtered_exactly_searched_in_any_case_and_exported() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    import(
        &root,
        "external_id,email,name\nHr-1,ada@import.example,Ada\nhr-1,bela@import.example,Bela\n=1+1,cleo@import.example,Cleo\n",
    )
    .await;
    world.settle().await;
    let names = async |query: &str| {
        let found = root.get(&format!("/v1/users?sort=name&{query}")).await.ok();
        let rows = found["data"].as_array().expect("users").iter();
        rows.map(|user| user["name"].as_str().expect("a name").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names("external_id=Hr-1").await, ["Ada"]);
    assert_eq!(names("external_id=hr-1,Hr-1").await, ["Ada", "Bela"]);
    assert_eq!(names("external_id=HR-1").await, Vec::<String>::new());
    assert_eq!(names("filter=externalId%20eq%20%22hr-1%22").await, ["Bela"]);
    assert_eq!(names("search=HR-1").await, ["Ada", "Bela"]);
    let table = root
        .get("/v1/users/bulk/export?columns=external_id,name&sort=name&search=import.example")
        .await;
    let table = table.text();
    assert!(table.contains("Hr-1,Ada\r\n") && table.contains("hr-1,Bela\r\n"), "{table}");
    assert!(table.contains("'=1+1,Cleo\r\n"), "{table}");
}
