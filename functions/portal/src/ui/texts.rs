//! The texts of pages. The English text is the key of its translation, so that a page reads as it is
//! shown. The sentences of the API stay English.

use std::{collections::HashMap, sync::OnceLock};

use maud::{Markup, html};

use super::language::{Language, current};

/// The translations, one a line: the English text, ` = `, the German one.
const GERMAN: &str = include_str!("german.txt");

/// The texts of the script.
pub const OF_SCRIPT: [&str; 19] = [
    "Choose all rows of this page",
    "Close",
    "Copied",
    "Copy",
    "Finished",
    "Keyboard shortcuts",
    "Next and previous row",
    "Next page, or next request",
    "One minute left",
    "Previous page",
    "Results",
    "Search, or go to a page",
    "Selected: press Ctrl+C",
    "The upload failed. Try again.",
    "This list",
    "Uploading needs a connection with HTTPS.",
    "{} minutes",
    "{} results",
    "{} seconds",
];

/// A text of the portal in the language of the page.
pub fn say(text: &str) -> &str {
    match current() {
        Language::English => text,
        Language::German => german().get(text).copied().unwrap_or(text),
    }
}

/// A text with values in the places of `{}`.
pub fn say_with(text: &str, values: &[&str]) -> String {
    let mut said = say(text).to_owned();
    for value in values {
        said = said.replacen("{}", value, 1);
    }
    said
}

/// A text with markup in the places of `{}`.
pub fn say_around(text: &str, parts: &[Markup]) -> Markup {
    let mut parts = parts.iter();
    html! {
        @for (index, said) in say(text).split("{}").enumerate() {
            @if index > 0 { @if let Some(part) = parts.next() { (part) } }
            (said)
        }
    }
}

/// The texts of the script in the language of the page, as JSON; `None` for English.
pub fn of_script() -> Option<String> {
    let known = OF_SCRIPT.iter().map(|text| ((*text).to_owned(), say(text).into()));
    (current() != Language::English).then(|| serde_json::Value::Object(known.collect()).to_string())
}

/// Every translation.
pub fn german() -> &'static HashMap<&'static str, &'static str> {
    static KNOWN: OnceLock<HashMap<&'static str, &'static str>> = OnceLock::new();
    KNOWN.get_or_init(|| GERMAN.lines().filter_map(|line| line.split_once(" = ")).collect())
}
