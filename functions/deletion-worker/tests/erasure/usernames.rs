//! Usernames that somebody gave up are held for them, and go with them.

use provost_store::principals::username_claim;
use provost_testkit::World;

use crate::person::{complete, deliver, is_erased};

#[tokio::test]
async fn a_username_that_was_given_up_is_free_after_an_erasure() {
    let world = World::of(|_| Vec::new()).await;
    let subject = complete(&world, 1).await;
    let mut principal = world.principal(subject.id).await.expect("they exist");
    let given_up = principal.username.clone().expect("they have one");
    let chosen = "another-name".parse().expect("a username");
    let mut tx = world.app.transaction();
    tx.move_username(subject.id, Some(&given_up), &chosen, world.app.now()).expect("a claim");
    assert_eq!(principal.take_username(chosen, world.app.now()), None);
    tx.save_principal(&principal).expect("a principal");
    tx.commit().await.expect("nobody else writes");
    assert!(world.app.store().is_username_held(&given_up).await.expect("the table answers"));

    assert!(deliver(&world, subject.request).await);
    is_erased(&world, &subject).await;
    assert!(
        !world.app.store().is_username_held(&given_up).await.expect("the table answers"),
        "{:?}",
        username_claim(&given_up)
    );
}
