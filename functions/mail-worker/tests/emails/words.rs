//! What emails say, and in which language.

use provost_domain::{
    Pseudonym, SessionId, Status,
    mail::Template,
    message::About,
    profile::Profile,
    time::DAY,
    user::{Suspension, SuspensionKind},
};
use provost_testkit::Roles;
use serde_json::Value;

use crate::support::*;

#[tokio::test]
async fn a_suspension_email_contains_the_reason_and_the_end() {
    let world = world().await;
    let ada = world.person("ada").await;
    let now = world.app.now();
    let by = world.app.id(Pseudonym::new);
    world
        .edit(ada.id, |user| {
            let suspension = Suspension {
                id: None,
                kind: SuspensionKind::Ban,
                reason: "spam in comments".to_owned(),
                by,
                at: now,
                expires_at: Some(now.plus(DAY)),
                before: Status::Active,
            };
            *user = user.clone().suspend(suspension, now).expect("the account is active");
        })
        .await;
    write(&world, ada.id, Template::AccountSuspended, None).await;
    // Outdated: the account has not been restored.
    write(&world, ada.id, Template::AccountRestored, None).await;
    world.settle().await;
    let text = body(&only_email(&world).await);
    assert!(text.contains("\nReason: spam in comments\n"), "{text}");
    assert!(text.contains("21 November 2026, 16:00 UTC"), "{text}");
}

#[tokio::test]
async fn a_sign_in_from_a_new_device_is_described() {
    let world = world().await;
    let ada = world.person("ada").await;
    write(&world, ada.id, Template::NewDevice, ada.session.map(About::Session)).await;
    // Also when the sign-in record no longer exists.
    write(&world, ada.id, Template::NewDevice, Some(About::Session(world.app.id(SessionId::new))))
        .await;
    world.settle().await;
    let texts: Vec<String> = log(&world).await.iter().map(body).collect();
    assert_eq!(texts.len(), 2);
    assert!(texts.iter().any(|text| text.contains("IP address  127.0.0.1")), "{texts:?}");
}

#[tokio::test]
async fn a_suspicious_name_is_left_out() {
    let world = world().await;
    let ada = world.person("ada").await;
    world.edit(ada.id, |user| user.first_name = "Win now: http://evil.example".to_owned()).await;
    write(&world, ada.id, Template::PasswordChanged, None).await;
    world.settle().await;
    let email = only_email(&world).await;
    assert!(body(&email).starts_with("Hello,\n"), "{email}");
    assert!(!email.to_string().contains("evil"), "{email}");
}

#[tokio::test]
async fn every_email_can_be_rendered() {
    let world = world().await;
    let ada = world.person("ada").await;
    world.edit(ada.id, |user| user.email_verified = false).await;
    force_reset(&world, ada.id).await;
    world.edit(ada.id, |user| user.two_factor_enabled = true).await;
    for template in Template::ALL {
        write(&world, ada.id, template, None).await;
    }
    world.interceptor.reset();
    world.settle().await;
    Roles::read().demand("mail-worker", &world.interceptor.spent().rights);
    let written: Vec<String> = log(&world)
        .await
        .iter()
        .map(|email| email["template"].as_str().expect("a name").to_owned())
        .collect();
    // The emails about a suspension, a deletion, an invitation, a verification decision, removed
    // content, a warning, an application, a change of address and an assigned bucket do not apply to
    // this account, so they are not sent. Messages of staff and broadcasts have a content of their own.
    assert_eq!(written.len(), Template::ALL.len() - 13, "{written:?}");
}

#[tokio::test]
async fn the_locale_of_the_user_decides_the_language_of_an_email() {
    let world = world().await;
    let ada = world.person("ada").await;
    for (locale, greeting) in [
        (
            "de-AT",
            "Guten Tag ada,\n\ndas Passwort Ihres Kontos wurde am 20. November 2026, 16:00 UTC geändert.",
        ),
        (
            "pt_br",
            "Hello ada,\n\nThe password of your account was changed on 20 November 2026, 16:00 UTC.",
        ),
        ("xx-YY", "Hello ada,"),
        ("de_DE.UTF-8", "Hello ada,"),
        ("", "Hello ada,"),
    ] {
        let profile = Profile {
            settings: [("locale".to_owned(), Value::from(locale))].into(),
            ..Profile::default()
        };
        let mut tx = world.app.transaction();
        tx.save_profile(ada.id, &profile).expect("a profile");
        tx.commit().await.expect("the table responds");
        let id = write(&world, ada.id, Template::PasswordChanged, None).await;
        world.settle().await;
        let log = log(&world).await;
        let email = log.iter().find(|email| email["id"] == id.to_string()).expect("it is sent");
        assert!(body(email).starts_with(greeting), "{locale}: {email}");
        let german = email["subject"] == "Ihr Passwort wurde geändert";
        assert_eq!(german, locale == "de-AT", "{email}");
    }
}
