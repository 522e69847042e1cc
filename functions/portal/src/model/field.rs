//! A value of an answer, and how it is shown.

use serde_json::Value;

/// How a value is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// A text.
    Text,
    /// A text of the platform, such as the name of a built-in role, in the language of the page.
    Said,
    /// A text of fixed width, such as an id.
    Code,
    /// A state, coloured by its meaning.
    Badge,
    /// A time in the zone of the reader.
    Time,
    /// A number with groups of digits.
    Number,
    /// A number of bytes.
    Bytes,
    /// Yes or no.
    Flag,
    /// A list of texts.
    List,
    /// A list of names of the API, as words in the language of the page.
    Names,
    /// A text of several lines.
    Lines,
    /// Any JSON, indented.
    Json,
    /// An amount in the smallest unit of the currency at this path.
    Money(&'static str),
    /// A part of a whole, from 0 to 100.
    Percent,
}

/// A labelled value of an answer.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The label.
    pub label: &'static str,
    /// Path of the value: `hold.reason`.
    pub at: &'static str,
    /// How it is shown.
    pub shown: Shown,
    /// The page that it links to, with paths of values in braces.
    pub link: Option<&'static str>,
}

impl Field {
    /// A text.
    pub const fn text(label: &'static str, at: &'static str) -> Self {
        Self::new(label, at, Shown::Text)
    }

    /// A value that is shown in this way.
    pub const fn new(label: &'static str, at: &'static str, shown: Shown) -> Self {
        Self { label, at, shown, link: None }
    }

    /// A state.
    pub const fn badge(label: &'static str, at: &'static str) -> Self {
        Self::new(label, at, Shown::Badge)
    }

    /// A time.
    pub const fn time(label: &'static str, at: &'static str) -> Self {
        Self::new(label, at, Shown::Time)
    }

    /// A text of fixed width.
    pub const fn code(label: &'static str, at: &'static str) -> Self {
        Self::new(label, at, Shown::Code)
    }

    /// Yes or no.
    pub const fn flag(label: &'static str, at: &'static str) -> Self {
        Self::new(label, at, Shown::Flag)
    }

    /// A number.
    pub const fn number(label: &'static str, at: &'static str) -> Self {
        Self::new(label, at, Shown::Number)
    }

    /// The user with this id, as a link to their page.
    pub const fn user(label: &'static str, at: &'static str, link: &'static str) -> Self {
        Self { label, at, shown: Shown::Code, link: Some(link) }
    }

    /// The same value as a link.
    #[must_use]
    pub const fn link(self, page: &'static str) -> Self {
        Self { link: Some(page), ..self }
    }
}

/// The value at a path; `null` if there is none.
pub fn at<'a>(value: &'a Value, path: &str) -> &'a Value {
    if path.is_empty() {
        return value;
    }
    path.split('.').fold(value, |value, name| match value {
        Value::Array(items) => {
            name.parse::<usize>().ok().and_then(|index| items.get(index)).unwrap_or(&Value::Null)
        }
        other => other.get(name).unwrap_or(&Value::Null),
    })
}

/// A value as text; empty if it is `null`.
pub fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
