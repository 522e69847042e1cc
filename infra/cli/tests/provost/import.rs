//! `provost import`: plan, execution and repetition.

use provost::users::import::{ImportSettings, import};
use provost_testkit::World;

const FILE: &[u8] =
    b"email,name,phone\nada@import.example,Ada,\nbela@import.example,Bela,8.8E+12\n";

#[tokio::test]
async fn a_file_is_planned_then_imported_and_can_be_imported_again() {
    let world = World::of(|_| Vec::new()).await;
    let execute = ImportSettings { execute: true, ..ImportSettings::default() };
    let owner = async || {
        let email = "ada@import.example".parse().unwrap();
        world.app.store().owner_of_email(&email).await.unwrap()
    };
    let said = import(&world.app, FILE, false, ImportSettings::default()).await.unwrap();
    assert!(
        said.starts_with("1 users would be created, 0 exist, 1 of 2 rows are refused"),
        "{said}"
    );
    assert!(said.contains("Line 3, phone: A spreadsheet rounded this number"), "{said}");
    assert_eq!(owner().await, None);
    let said = import(&world.app, FILE, false, execute).await.unwrap();
    assert!(said.starts_with("1 users were created, 0 exist"), "{said}");
    assert!(owner().await.is_some());
    let said = import(&world.app, FILE, false, execute).await.unwrap();
    assert!(said.starts_with("0 users were created, 1 exist"), "{said}");
    let lines = b"{\"email\":\"cleo@import.example\",\"name\":\"Cleo\"}\n";
    let said = import(&world.app, lines, true, execute).await.unwrap();
    assert!(said.starts_with("1 users were created"), "{said}");
}

#[tokio::test]
async fn more_rows_than_a_request_may_have_are_imported() {
    let world = World::of(|_| Vec::new()).await;
    let rows: String = (0..1_200).map(|at| format!("u{at}@import.example,U{at}\n")).collect();
    let file = format!("email,name\n{rows}");
    let said = import(&world.app, file.as_bytes(), false, ImportSettings::default()).await.unwrap();
    assert!(said.starts_with("1200 users would be created"), "{said}");
    assert!(import(&world.app, b"email,nmae\n", false, ImportSettings::default()).await.is_err());
}

#[tokio::test]
async fn a_user_who_differs_from_the_file_is_named_by_line() {
    let world = World::of(|_| Vec::new()).await;
    let execute = ImportSettings { execute: true, ..ImportSettings::default() };
    let file = b"external_id,email,name\nhr-1,ada@import.example,Ada\n,bela@import.example,Bela\n";
    import(&world.app, file, false, execute).await.unwrap();
    let file =
        b"external_id,email,name\nhr-1,ada.l@import.example,Ada\nhr-2,bela@import.example,Bela\n";
    let said = import(&world.app, file, false, execute).await.unwrap();
    assert!(said.starts_with("0 users were created, 2 exist, 0 of 2 rows are refused"), "{said}");
    assert!(said.contains("Line 2: The user with this external id exists and has another email"));
    assert!(said.contains("Line 3: The user with this email exists and has another external id"));
}
