//! The language of a page: the one that the person chose for their account, otherwise the one that
//! the browser prefers.

use std::future::Future;

use http::{HeaderMap, header};

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

    #[test]
    fn a_locale_has_a_language() {
        for (locale, language) in [
            ("de", Some(Language::German)),
            ("de-AT", Some(Language::German)),
            ("de_DE.UTF-8", Some(Language::German)),
            ("en-GB", Some(Language::English)),
            ("nb-NO", None),
            ("den", None),
            ("", None),
        ] {
            assert_eq!(Language::of_locale(locale), language, "{locale}");
        }
    }
}
