//! The language of a page. The English text is the key of its translation, so that a page reads as
//! it is shown; what has no translation stays English, as do the sentences of the API.

use std::{collections::HashMap, future::Future, sync::OnceLock};

use http::{HeaderMap, header};

/// The translations, one a line: the English text, ` = `, the German one.
const GERMAN: &str = include_str!("german.txt");

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
