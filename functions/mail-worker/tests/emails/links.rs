//! Emails with a link or token for their recipient.

use provost_auth::{Purpose, token::LinkClaims};
use provost_domain::{
    DeletionId,
    mail::Template,
    message::About,
    time::{DAY, HOUR, MINUTE},
};

use crate::support::*;

#[tokio::test]
async fn the_confirmation_link_is_for_one_address_and_valid_for_three_days() {
    let world = world().await;
    let ada = world.person("ada").await;
    world.edit(ada.id, |user| user.email_verified = false).await;
    write(&world, ada.id, Template::VerifyEmail, None).await;
    world.settle().await;
    let text = body(&only_email(&world).await);
    let token = token_after(&text, "https://provost.example/?confirm=");
    assert_eq!(text.matches(&token).count(), 2, "once in the link and once by itself");
    let verify = |now| world.app.verifier().verify::<LinkClaims>(Purpose::Link, &token, now);
    let claims = LinkClaims::VerifyEmail {
        sub: ada.id,
        email: provost_auth::secret::hex_digest(&ada.email),
    };
    assert_eq!(verify(world.app.now()), Ok(claims));
    assert!(verify(world.app.now().plus(3 * DAY + MINUTE)).is_err());
}

#[tokio::test]
async fn a_confirmed_address_gets_no_confirmation_email() {
    let world = world().await;
    let ada = world.person("ada").await;
    write(&world, ada.id, Template::VerifyEmail, None).await;
    world.settle().await;
    assert!(log(&world).await.is_empty());
}

#[tokio::test]
async fn the_reset_link_contains_the_reset_count_and_expires_after_an_hour() {
    let world = world().await;
    let ada = world.person("ada").await;
    write(&world, ada.id, Template::PasswordReset, None).await;
    world.settle().await;
    let token = token_after(&body(&only_email(&world).await), "https://provost.example/?reset=");
    let claims = LinkClaims::ResetPassword {
        sub: ada.id,
        resets: 0,
        email: provost_auth::secret::hex_digest(&ada.email),
    };
    assert_eq!(world.app.verifier().verify(Purpose::Link, &token, world.app.now()), Ok(claims));
    assert!(
        world
            .app
            .verifier()
            .verify::<LinkClaims>(Purpose::Link, &token, world.app.now().plus(HOUR + MINUTE))
            .is_err()
    );
}

#[tokio::test]
async fn a_forced_reset_email_gives_the_reason_and_only_while_the_reset_is_due() {
    let world = world().await;
    let ada = world.person("ada").await;
    // The user chose a new password before the email was sent.
    write(&world, ada.id, Template::PasswordResetForced, None).await;
    world.settle().await;
    assert!(log(&world).await.is_empty());
    force_reset(&world, ada.id).await;
    write(&world, ada.id, Template::PasswordResetForced, None).await;
    world.settle().await;
    let text = body(&only_email(&world).await);
    assert!(
        text.contains("Support asks you to choose a new password")
            && text.contains("all API keys have been revoked"),
        "{text}"
    );
    assert!(!text.contains("Your password will not change"), "{text}");
}

#[tokio::test]
async fn a_deletion_email_contains_a_cancellation_link_valid_until_the_due_date() {
    let world = world().await;
    let ada = world.person("ada").await;
    let due_at = world.app.now().plus(14 * DAY);
    let id = ask_for_deletion(&world, ada.id, due_at).await;
    write(&world, ada.id, Template::DeletionRequested, Some(About::Deletion(id))).await;
    write(&world, ada.id, Template::NewDevice, None).await;
    world.settle().await;
    let text = body(&only_email(&world).await);
    assert!(text.contains("4 December 2026, 16:00 UTC"), "{text}");
    let token = token_after(&text, "https://provost.example/cancel-deletion/");
    assert_eq!(
        world.app.verifier().verify(Purpose::Link, &token, due_at.plus(-MINUTE)),
        Ok(LinkClaims::CancelDeletion { sub: id })
    );
    assert!(
        world
            .app
            .verifier()
            .verify::<LinkClaims>(Purpose::Link, &token, due_at.plus(MINUTE))
            .is_err()
    );
}

#[tokio::test]
async fn no_email_is_sent_about_an_earlier_deletion() {
    let world = world().await;
    let ada = world.person("ada").await;
    ask_for_deletion(&world, ada.id, world.app.now().plus(DAY)).await;
    write(
        &world,
        ada.id,
        Template::DeletionRequested,
        Some(About::Deletion(world.app.id(DeletionId::new))),
    )
    .await;
    world.settle().await;
    assert!(log(&world).await.is_empty());
}
