//! `provost two-factor-off`: for a user who lost the second factor and its recovery codes.

use provost::two_factor::turn_off;
use provost_testkit::World;

#[tokio::test]
async fn a_lost_second_factor_is_turned_off_audited_and_the_user_is_notified() {
    let world = World::of(|_| Vec::new()).await;
    let ada = world.person("ada").await;
    world.edit(ada.id, |ada| ada.two_factor_enabled = true).await;
    let email = ada.email.parse().unwrap();
    let said = turn_off(&world.app, &email).await.unwrap();
    assert!(said.contains("is now off"), "{said}");
    let user = world.user(ada.id).await.unwrap();
    assert_eq!((user.two_factor_enabled, user.sessions.len()), (false, 0));
    assert_eq!(
        super::promote::audited(&world).await,
        [("two_factor.disabled".to_owned(), "cli".to_owned())]
    );
    assert!(turn_off(&world.app, &email).await.unwrap().contains("Nothing changed"));
    assert!(turn_off(&world.app, &"nobody@user.example".parse().unwrap()).await.is_err());
}
