//! The language of a page: the one that the person chose for their account, otherwise the one that
//! the browser prefers. The English text is the key of its translation, so that a page reads as it is
//! shown. The sentences of the API stay English.

use std::{collections::HashMap, future::Future, sync::OnceLock};

use http::{HeaderMap, header};
use maud::{Markup, html};

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

tokio::task_local! {
    static LANGUAGE: Language;
}

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// German.
    German,
}

impl Language {
    /// The language that a browser prefers among these (RFC 9110, 12.5.4).
    pub fn of(headers: &HeaderMap) -> Self {
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let mut best = (Self::English, 0.0);
        for range in accepted.unwrap_or_default().split(',') {
            let (tag, quality) = range.split_once(";q=").unwrap_or((range, "1"));
            let quality: f32 = quality.trim().parse().unwrap_or_default();
            let language = match tag.trim().split('-').next().unwrap_or_default() {
                "de" => Self::German,
                "en" => Self::English,
                _ => continue,
            };
            if quality > best.1 {
                best = (language, quality);
            }
        }
        best.0
    }

    /// The language of a locale (BCP 47), also as programs write it: `de_DE`.
    pub fn of_locale(locale: &str) -> Option<Self> {
        match locale.split(['-', '_']).next()?.to_lowercase().as_str() {
            "de" => Some(Self::German),
            "en" => Some(Self::English),
            _ => None,
        }
    }

    /// Its code (BCP 47).
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }
}

/// Renders pages in a language.
pub async fn with<F: Future>(language: Language, rendered: F) -> F::Output {
    LANGUAGE.scope(language, rendered).await
}

/// The language of the page that is rendered.
pub fn current() -> Language {
    LANGUAGE.try_with(|language| *language).unwrap_or_default()
}

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

/// A text about a number of things, with the number in the place of `{}`.
pub fn say_count(count: i64, one: &str, many: &str) -> String {
    say_with(if count == 1 { one } else { many }, &[&super::values::grouped(count)])
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

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn the_preferred_language_is_chosen() {
        for (accepted, language) in [
            ("de-DE,de;q=0.9,en;q=0.8", Language::German),
            ("en-GB,de;q=0.5", Language::English),
            ("fr,de;q=0.5,en;q=0.4", Language::German),
            ("fr", Language::English),
            ("", Language::English),
            ("de;q=0", Language::English),
        ] {
            let headers = HeaderMap::from_iter([(
                header::ACCEPT_LANGUAGE,
                HeaderValue::from_static(accepted),
            )]);
            assert_eq!(Language::of(&headers), language, "{accepted}");
        }
    }
}
