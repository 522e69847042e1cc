//! The language of pages: every sentence of the portal has a translation, and is shown in it.

mod literals;

use std::collections::BTreeSet;

use fn_portal::{
    model::{FilterKind, Shown},
    staff,
    ui::{texts, values::words},
};
use provost_domain::BuiltInRole;
use serde_json::{Value, json};

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
    let page = browser.get(&format!("/staff/users/{}?done=users-ban", bob.id)).await;
    page.shows("gesperrt").shows("Der Benutzer ist gesperrt.");
    let mut browser = Browser::of(&world, &ada.email).await.speaking("fr");
    browser.get("/staff/deletions").await.shows("<html lang=\"en\">").shows("Sign out");
}

#[tokio::test]
async fn the_pages_behind_links_in_emails_are_in_the_language_of_the_browser() {
    let world = world().await;
    let mut browser = Browser::new(&world).speaking("de");
    browser
        .get("/?confirm=abc")
        .await
        .shows("<html lang=\"de\">")
        .shows("E-Mail-Adresse bestätigen");
    browser.get("/?reset=abc").await.shows("Neues Passwort").lacks("Choose");
    browser.get("/?done=password").await.shows("Ihr Passwort ist geändert").lacks("You have been");
    browser.get("/").await.shows("API-Beschreibung</a> in OpenAPI 3.1");
    let mut browser = Browser::new(&world).speaking("fr");
    browser.get("/?reset=abc").await.shows("<html lang=\"en\">").shows("Choose a new password");
}

#[tokio::test]
async fn the_language_of_the_account_comes_before_that_of_the_browser() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let bob = world.person("bob").await;
    let mut browser = Browser::of(&world, &root.email).await.speaking("en");
    browser.get("/account").await.shows("<html lang=\"en\">").shows("Change language");
    let page = browser.fill("/account/language", &[("settings.locale", "de")]).await;
    assert_eq!(page.status(), 303, "{}", page.html);
    let page = browser.get(&page.location()).await;
    page.shows("<html lang=\"de\">").shows("Ihre Sprache ist geändert.");
    // Other settings stay as they are, and the API returns the locale.
    assert_eq!(root.get("/api/users/me").await.ok()["settings"]["locale"], "de");
    // Who acts as a user reads their own language, not that of the user.
    bob.put("/api/users/me", json!({ "settings": { "locale": "en-GB" } })).await.ok();
    let start = format!("/staff/users/{}/impersonate", bob.id);
    let fields = [("view_mode", "impersonation"), ("reason", "The list of servers is empty.")];
    let page = browser.fill(&start, &fields).await;
    assert_eq!(page.status(), 303, "{}", page.html);
    browser.get("/account/sessions").await.shows("<html lang=\"de\">").shows("Sitzungen");
    // Without a choice, the browser decides again.
    let mut browser = Browser::of(&world, &root.email).await.speaking("en");
    let page = browser.fill("/account/language", &[("settings.locale", "")]).await;
    assert_eq!(page.status(), 303, "{}", page.html);
    browser.get("/account").await.shows("<html lang=\"en\">");
    // A language that the portal does not have is left to the browser too.
    root.put("/api/users/me", json!({ "settings": { "locale": "nb-NO" } })).await.ok();
    browser.get("/account").await.shows("<html lang=\"en\">");
}

/// Texts that are the same for everybody, and for programs.
const NO_SENTENCES: [&str; 12] = [
    "A page of the portal.",
    "Authorization: Bearer …",
    "GiB",
    "KiB",
    "MiB",
    "Provost",
    "TiB",
    "img-src 'self' data: https:",
    "light dark",
    "provost import FILE",
    "public, max-age=31536000, immutable",
    "width=device-width, initial-scale=1",
];

#[test]
fn every_sentence_of_the_portal_is_translated() {
    let known = texts::german();
    let missing: Vec<_> = literals::all()
        .into_iter()
        .filter(literals::says_something)
        .filter(|literal| !known.contains_key(literal.text.as_str()))
        .filter(|literal| !NO_SENTENCES.contains(&literal.text.as_str()))
        .map(|literal| format!("{}: {}", literal.place, literal.text))
        .collect();
    assert!(missing.is_empty(), "add to german.txt: {missing:#?}");
    let places = |text: &str| text.matches("{}").count();
    for (english, german) in known {
        assert!(!german.trim().is_empty(), "{english} has an empty translation");
        assert_eq!(places(english), places(german), "{english} and {german}");
    }
}

#[test]
fn every_label_is_translated() {
    let known = texts::german();
    let missing: Vec<_> = labels().into_iter().filter(|label| !known.contains_key(label)).collect();
    assert!(missing.is_empty(), "add to german.txt: {missing:#?}");
}

/// The values of filters, and the states that badges show.
#[test]
fn every_state_is_translated() {
    let mut states = BTreeSet::new();
    for filter in staff::lists().flat_map(|list| list.filters) {
        if let FilterKind::Choice(values) = filter.kind {
            states.extend(values.iter().map(|value| words(value)));
        }
    }
    let columns = staff::lists().flat_map(|list| list.columns);
    let sections = staff::details().flat_map(|detail| detail.sections);
    let badges: BTreeSet<&str> = columns
        .chain(sections.flat_map(|section| section.fields))
        .filter(|field| field.shown == Shown::Badge)
        .filter_map(|field| field.at.rsplit('.').next())
        .collect();
    let document = document();
    values_of(&document, &document, &badges, &mut states);
    let known = texts::german();
    // Types of DNS records are names.
    let is_name = |state: &String| state.starts_with(|c: char| c.is_ascii_uppercase());
    let missing: Vec<_> = states
        .into_iter()
        .filter(|state| !is_name(state) && !known.contains_key(state.as_str()))
        .collect();
    assert!(missing.is_empty(), "add to german.txt: {missing:#?}");
}

/// The values of enumerations of fields with these names, as words.
fn values_of(
    document: &Value,
    value: &Value,
    fields: &BTreeSet<&str>,
    into: &mut BTreeSet<String>,
) {
    if let Some(properties) = value["properties"].as_object() {
        for (_, schema) in properties.iter().filter(|(name, _)| fields.contains(name.as_str())) {
            enumerated(document, schema, into);
        }
    }
    match value {
        Value::Object(members) => {
            members.values().for_each(|member| values_of(document, member, fields, into));
        }
        Value::Array(items) => {
            items.iter().for_each(|item| values_of(document, item, fields, into));
        }
        _ => {}
    }
}

fn enumerated(document: &Value, schema: &Value, into: &mut BTreeSet<String>) {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return enumerated(document, &document["components"]["schemas"][name], into);
    }
    let listed = schema["enum"].as_array().into_iter().flatten().chain([&schema["const"]]);
    into.extend(listed.filter_map(Value::as_str).map(words));
    for choice in ["anyOf", "oneOf", "allOf"] {
        let options = schema[choice].as_array().into_iter().flatten();
        options.for_each(|option| enumerated(document, option, into));
    }
}

#[test]
fn no_translation_is_left_over() {
    let literals = literals::all();
    let mut used: BTreeSet<String> =
        literals.iter().flat_map(|literal| [literal.text.clone(), words(&literal.text)]).collect();
    // The names and values that the API returns are shown as words.
    names(&document(), &mut used);
    let unused: Vec<_> = texts::german().keys().filter(|text| !used.contains(**text)).collect();
    assert!(unused.is_empty(), "remove from german.txt: {unused:#?}");
}

/// A text that is a node by itself would be shown in English only.
#[test]
fn pages_say_their_texts_in_the_language_of_the_page() {
    let bare: Vec<_> = literals::all()
        .into_iter()
        .filter(|literal| literal.is_node && literals::says_something(literal))
        .filter(|literal| !NO_SENTENCES.contains(&literal.text.as_str()))
        .map(|literal| format!("{}: {}", literal.place, literal.text))
        .collect();
    assert!(bare.is_empty(), "wrap in say(): {bare:#?}");
}

#[test]
fn the_script_says_its_texts_in_the_language_of_the_page() {
    let script = include_str!("../../../functions/portal/src/ui/script.js");
    let said: BTreeSet<&str> =
        script.split("say(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let keys = script.split("const keys = [").nth(1).and_then(|rest| rest.split(';').next());
    let keys =
        keys.unwrap_or_default().split("[\"").skip(1).filter_map(|key| key.split('"').next());
    let said: BTreeSet<&str> = said.into_iter().chain(keys).collect();
    assert_eq!(said, texts::OF_SCRIPT.into_iter().collect());
}

fn document() -> Value {
    serde_json::from_str(include_str!("../../../openapi.json")).expect("JSON")
}

/// The names of fields and parameters and the values of enumerations, as words.
fn names(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            if let Some(fields) = members.get("properties").and_then(Value::as_object) {
                into.extend(fields.keys().map(|name| words(name)));
            }
            for (name, member) in members {
                match (name.as_str(), member) {
                    ("name" | "const", Value::String(text)) => drop(into.insert(words(text))),
                    ("enum", Value::Array(values)) => {
                        into.extend(values.iter().filter_map(Value::as_str).map(words));
                    }
                    _ => names(member, into),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| names(item, into)),
        _ => {}
    }
}

/// What the declarations show.
fn labels() -> BTreeSet<&'static str> {
    let mut labels = BTreeSet::new();
    for list in staff::lists() {
        labels.extend([list.title, list.about, list.empty]);
        labels.extend(list.filters.iter().map(|filter| filter.label));
        labels.extend(list.columns.iter().map(|column| column.label));
        labels.extend(list.row_actions.iter().chain(list.actions).map(|link| link.label));
    }
    for detail in staff::details() {
        labels.extend([detail.title, detail.parent.0]);
        labels.extend(detail.actions.iter().map(|link| link.label));
        for section in detail.sections {
            labels.insert(section.title);
            labels.extend(section.fields.iter().map(|field| field.label));
        }
    }
    for action in staff::actions() {
        labels.extend([action.title, action.button, action.about, action.done]);
        labels.extend(action.inputs.iter().flat_map(|input| [input.label, input.hint]));
    }
    labels.remove("");
    labels
}
