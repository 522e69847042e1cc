//! `provost mail lift`: for an address that accepts email again.

use provost::mail_lift::lift;
use provost_domain::{
    Email, MessageId,
    mail::{BounceType, Feedback},
};
use provost_store::organisation_invites::address_key;
use provost_testkit::World;

#[tokio::test]
async fn a_lifted_suppression_is_removed_and_audited() {
    let world = World::of(|_| Vec::new()).await;
    let ada = world.person("ada").await;
    for address in [ada.email.as_str(), "nobody@user.example"] {
        let email: Email = address.parse().unwrap();
        let id = world.app.id(MessageId::new);
        let hard = Some(BounceType::Permanent);
        world
            .app
            .store()
            .note_feedback(id, None, &address_key(&email), Feedback::Bounce, hard, world.app.now())
            .await
            .unwrap();
        assert!(lift(&world.app, &email).await.unwrap().contains("sent to this address again"));
        assert!(world.app.store().address_records([address]).await.unwrap().is_empty());
        assert!(lift(&world.app, &email).await.unwrap().contains("nothing changed"));
    }
    let audited = super::promote::audited(&world).await;
    assert_eq!(audited, vec![("mail.suppression_lifted".to_owned(), "cli".to_owned()); 2]);
}
