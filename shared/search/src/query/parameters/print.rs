//! The query string of a list that was read, for links to its other pages.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{ListQuery, PageStart};
use crate::query::{
    given::Given,
    key::{Key, Other},
};

/// What is written as it is: the unreserved characters of RFC 3986.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The parameters by the names with which they were sent, without those of the page.
pub(super) fn parameters(given: &[Given<'_>]) -> Vec<(String, Vec<String>)> {
    let of_page = |key| matches!(key, Key::Other(Other::Page | Other::Cursor));
    let parameters = given.iter().filter(|given| !of_page(given.key)).map(|given| {
        (given.place.clone(), given.values.iter().map(|value| value.text.clone()).collect())
    });
    parameters.collect()
}

impl ListQuery {
    /// The query string of the same list at another page, without a question mark. Reading it gives
    /// the same query again.
    pub fn query_string(&self, start: &PageStart) -> String {
        let mut pairs: Vec<String> =
            self.parameters.iter().map(|(name, values)| pair(name, values)).collect();
        pairs.push(match start {
            PageStart::Page(page) => pair("page", &[page.to_string()]),
            PageStart::Cursor(cursor) => pair("cursor", std::slice::from_ref(cursor)),
        });
        pairs.join("&")
    }
}

fn pair(name: &str, values: &[String]) -> String {
    let values: Vec<String> =
        values.iter().map(|value| utf8_percent_encode(value, ENCODED).to_string()).collect();
    format!("{name}={}", values.join(","))
}
