//! `provost seed`: the same complete users for the same number, created only once.

use provost::seed::{PASSWORD, seed, seed_with_details};
use provost_domain::{Status, User, entitlement::Student, user::PortalTier};
use provost_testkit::World;

async fn world() -> World {
    World::of(|_| Vec::new()).await
}

async fn people(world: &World) -> Vec<User> {
    let items = world
        .emulators
        .dynamodb()
        .scan()
        .table_name(world.emulators.name("accounts"))
        .send()
        .await
        .expect("the table can be read")
        .items
        .unwrap_or_default();
    let users =
        items.into_iter().filter(|item| item["sk"].as_s().is_ok_and(|sk| sk == "PRINCIPAL"));
    users.map(|item| provost_store::records::read(item).expect("a user")).collect()
}

#[tokio::test]
async fn sample_users_have_all_kinds_of_data() {
    let world = world().await;
    let seeded = seed(&world.app, 60, 1).await.unwrap();
    assert_eq!((seeded.people, seeded.there, seeded.organisations), (60, 0, 5));
    assert_eq!(world.app.store().count_users().await.unwrap(), 60);
    assert_eq!(
        world.app.store().products().await.unwrap().len(),
        4,
        "including the plans of the catalogue"
    );
    let people = people(&world).await;
    assert_eq!(people.iter().map(|person| person.total_files).sum::<u64>(), seeded.files);
    assert!(
        people.iter().any(|person| !person.sessions.is_empty())
            && people.iter().any(|person| person.role != provost_domain::BuiltInRole::User)
    );
    assert!(people.iter().any(|person| person.status != Status::Active));
    assert!(people.iter().any(|person| person.student_verified));
    for person in &people {
        let source = person.entitlements.student.as_ref().and_then(Student::source);
        assert_eq!(person.student_verified, source.is_some(), "every student has a proof");
        if person.student_verified {
            let (after, _) = person
                .clone()
                .end_student(Default::default(), world.app.now())
                .expect("student status can be removed");
            assert_eq!((after.student_verified, after.portal_tier), (false, PortalTier::Free));
        }
        let store = world.app.store();
        assert!(person.created_at < world.app.now());
        assert!(
            store
                .credential(person.user_id)
                .await
                .unwrap()
                .is_some_and(|credential| credential.resets == 0)
        );
        let (objects, _) = store
            .list_objects(&store.names().files, &provost_domain::file::prefix(person.user_id), None)
            .await
            .unwrap();
        assert_eq!(
            (objects.len() as u64, objects.iter().map(|object| object.size).sum::<u64>()),
            (person.total_files, person.storage_used)
        );
        assert_eq!(
            store.sign_ins(person.user_id, person.sessions.keys().copied()).await.unwrap().len(),
            person.sessions.len()
        );
    }
    let credential = world.app.store().credential(people[0].user_id).await.unwrap().unwrap();
    assert!(provost_auth::password::verify(PASSWORD, Some(&credential.password_hash)));
}

#[tokio::test]
async fn the_same_number_creates_the_same_users_only_once() {
    let (here, there) = (world().await, world().await);
    seed(&here.app, 10, 7).await.unwrap();
    seed(&there.app, 10, 7).await.unwrap();
    let names = async |world: &World| {
        let mut names: Vec<_> = people(world)
            .await
            .iter()
            .map(|person| (person.email.to_string(), person.user_id, person.total_files))
            .collect();
        names.sort();
        names
    };
    assert_eq!(names(&here).await, names(&there).await);
    let again = seed(&here.app, 12, 7).await.unwrap();
    assert_eq!((again.people, again.there), (2, 10));
    seed(&here.app, 10, 8).await.unwrap();
    assert_eq!(here.app.store().count_users().await.unwrap(), 22);
}

#[tokio::test]
async fn users_after_the_detailed_ones_have_an_account_a_password_and_a_profile() {
    let world = world().await;
    let seeded = seed_with_details(&world.app, 40, 1, 10).await.unwrap();
    assert_eq!((seeded.people, seeded.there, seeded.organisations), (40, 0, 1));
    let people = people(&world).await;
    assert_eq!(people.len(), 40);
    let with_files = people.iter().filter(|person| person.total_files > 0).count();
    assert!((1..=10).contains(&with_files), "{with_files}");
    let store = world.app.store();
    for person in &people {
        assert!(store.credential(person.user_id).await.unwrap().is_some());
        assert!(store.profile(person.user_id).await.unwrap().billing_city.is_some());
    }
    // Transactions in which some users exist and others do not.
    let again = seed_with_details(&world.app, 45, 1, 7).await.unwrap();
    assert_eq!((again.people, again.there), (5, 40));
}
