//! The first root account: created once, and never a second one by accident.

use std::path::{Path, PathBuf};

use provost::{
    platform::Environment,
    root::{Root, RootSettings, ensure},
};
use provost_domain::BuiltInRole;
use provost_store::credentials::Credential;
use provost_testkit::World;

async fn world() -> World {
    World::of(|_| Vec::new()).await
}

fn settings(variables: &[(&str, &str)]) -> RootSettings {
    let environment =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    RootSettings::read(&Environment { directory: PathBuf::new(), environment })
        .expect("the settings are valid")
}

async fn count(world: &World) -> u64 {
    world.app.store().count_users().await.unwrap()
}

async fn start(world: &World, variables: &[(&str, &str)], directory: &Path) -> Root {
    ensure(&world.app, &settings(variables), directory).await.unwrap()
}

#[tokio::test]
async fn a_generated_password_is_shown_until_it_is_changed() {
    let (world, directory) = (world().await, tempfile::tempdir().unwrap());
    let first = start(&world, &[], directory.path()).await;
    let Root::Made { email, password, generated: true } = first else { panic!("{first:?}") };
    let again = start(&world, &[], directory.path()).await;
    assert_eq!(
        again,
        Root::There { email: email.clone(), password: Some(password), ignored: None }
    );

    let root = world.app.store().owner_of_email(&email).await.unwrap().unwrap();
    let credential = world.app.store().credential(root).await.unwrap().unwrap();
    let mut tx = world.app.transaction();
    let changed = Credential {
        password_hash: provost_auth::password::hash("Changed-Lights-27").unwrap(),
        ..credential
    };
    tx.save_credential(root, &changed).unwrap();
    tx.commit().await.unwrap();
    let later = start(&world, &[], directory.path()).await;
    assert_eq!(later, Root::There { email, password: None, ignored: None });
    assert_eq!((count(&world).await, std::fs::read_dir(directory.path()).unwrap().count()), (1, 0));
}

#[tokio::test]
async fn another_address_creates_no_second_root() {
    let (world, directory) = (world().await, tempfile::tempdir().unwrap());
    start(&world, &[], directory.path()).await;
    for (variables, names) in [
        (
            &[("PROVOST_ROOT_EMAIL", "other@provost.example")][..],
            "PROVOST_ROOT_EMAIL has no effect",
        ),
        (&[("PROVOST_ROOT_PASSWORD", "Other-Lights-27")], "PROVOST_ROOT_PASSWORD has no effect"),
    ] {
        let Root::There { email, ignored: Some(ignored), .. } =
            start(&world, variables, directory.path()).await
        else {
            panic!("a root account existed: {variables:?}");
        };
        assert!(ignored.starts_with(names) && ignored.contains(&email.to_string()), "{ignored}");
    }
    assert_eq!(count(&world).await, 1);
}

#[tokio::test]
async fn an_existing_root_with_another_address_is_enough() {
    let (world, directory) = (world().await, tempfile::tempdir().unwrap());
    let joan = world.staff("joan", BuiltInRole::RootAdmin).await;
    let found = start(&world, &[], directory.path()).await;
    assert_eq!(
        found,
        Root::There { email: joan.email.parse().unwrap(), password: None, ignored: None }
    );
    assert_eq!(count(&world).await, 1);
}

#[tokio::test]
async fn the_address_of_a_user_who_is_not_root_is_not_taken_over() {
    let (world, directory) = (world().await, tempfile::tempdir().unwrap());
    let ada = world.person("ada").await;
    let email = ada.email.clone();
    let found = start(&world, &[("PROVOST_ROOT_EMAIL", &email)], directory.path()).await;
    assert_eq!(found, Root::Missing { email: email.parse().unwrap() });
    assert_eq!(count(&world).await, 1);
}
