//! The language of pages.

use std::collections::BTreeSet;

use fn_portal::{staff, ui::texts};
use provost_domain::BuiltInRole;

use crate::{Browser, world};

#[tokio::test]
async fn the_language_of_the_browser_decides() {
    let world = world().await;
    let ada = world.staff("ada", BuiltInRole::Admin).await;
    let bob = world.person("bob").await;
    let mut browser = Browser::new(&world).speaking("de-DE,de;q=0.9,en;q=0.5");
    browser.get("/staff/sign-in").await.shows("<html lang=\"de\">").shows("Anmelden");
    browser.sign_in(&ada.email, crate::browser::PASSWORD).await;
    let page = browser.get("/staff/deletions").await;
    page.shows("Abmelden").shows("Benutzer").shows("Löschungen").lacks("Sign out");
    assert_eq!(page.reply.header("vary").to_lowercase(), "accept-language");
    let page = browser.get(&format!("/staff/users/{}/ban", bob.id)).await;
    page.shows("Diesen Benutzer sperren").shows("Abbrechen").shows("(freiwillig)");
    // What is stored does not depend on the language.
    let fields = [("type", "permanent"), ("reason", "Adverts in messages.")];
    let page = browser.fill(&format!("/staff/users/{}/ban", bob.id), &fields).await;
    assert_eq!(page.status(), 303, "{}", page.html);
    browser.get(&format!("/staff/users/{}", bob.id)).await.shows("gesperrt");
    let mut browser = Browser::of(&world, &ada.email).await.speaking("fr");
    browser.get("/staff/deletions").await.shows("<html lang=\"en\">").shows("Sign out");
}

/// The labels that the declarations show.
fn labels() -> BTreeSet<&'static str> {
    let mut labels = BTreeSet::new();
    for list in staff::lists() {
        labels.insert(list.title);
        labels.extend(list.filters.iter().map(|filter| filter.label));
        labels.extend(list.columns.iter().map(|column| column.label));
        labels.extend(list.row_actions.iter().chain(list.actions).map(|link| link.label));
    }
    for detail in staff::details() {
        labels.insert(detail.title);
        labels.extend(detail.actions.iter().map(|link| link.label));
        for section in detail.sections {
            labels.insert(section.title);
            labels.extend(section.fields.iter().map(|field| field.label));
        }
    }
    for action in staff::actions() {
        labels.extend([action.title, action.button]);
        labels.extend(action.inputs.iter().map(|input| input.label));
    }
    labels
}

#[test]
fn every_label_is_translated() {
    let known = texts::german();
    let missing: Vec<_> = labels().into_iter().filter(|label| !known.contains_key(label)).collect();
    assert!(missing.is_empty(), "add to german.txt: {missing:#?}");
    let places = |text: &str| text.matches("{}").count();
    for (english, german) in known {
        assert!(!german.trim().is_empty(), "{english} has an empty translation");
        assert_eq!(places(english), places(german), "{english} and {german}");
    }
}
