//! Usernames that a user gave up stay reserved for the user, and are freed by the erasure.

use provost_store::records::username_claim;
use provost_testkit::World;

use crate::person::{complete, deliver, is_erased};

#[tokio::test]
async fn a_released_username_is_available_after_an_erasure() {
    let world = World::of(|_| Vec::new()).await;
    let subject = complete(&world, 1).await;
    let mut user = world.user(subject.id).await.expect("the user exists");
    let given_up = user.username.clone().expect("the user has a username");
    let chosen = "another-name".parse().expect("a username");
    let mut tx = world.app.transaction();
    tx.move_username(subject.id, Some(&given_up), &chosen, world.app.now()).expect("a claim");
    assert_eq!(user.take_username(chosen, world.app.now()), None);
    tx.save_user(&user).expect("a user");
    tx.commit().await.expect("no concurrent write");
    assert!(world.app.store().is_username_held(&given_up).await.expect("the table responds"));

    assert!(deliver(&world, subject.request).await);
    is_erased(&world, &subject).await;
    assert!(
        !world.app.store().is_username_held(&given_up).await.expect("the table responds"),
        "{:?}",
        username_claim(&given_up)
    );
}
