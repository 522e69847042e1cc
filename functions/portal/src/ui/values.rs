//! Values as a reader sees them.

use super::{
    language::{self, Language},
    texts::{say, say_with},
};
use jiff::tz::TimeZone;
use maud::{Markup, html};
use serde_json::Value;

use crate::{
    model::{
        Field, Shown,
        field::{at, plain},
    },
    web::visit::{Visit, fill},
};

/// A value of a subject. What is not there is a dash, which screen readers do not read.
pub fn value(visit: &Visit, subject: &Value, field: &Field) -> Markup {
    let given = at(subject, field.at);
    let is_empty = match given {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    };
    if is_empty {
        return html! { span .none { "—" } };
    }
    let shown = shown(visit, subject, given, field.shown);
    match field.link.and_then(|link| address(visit, subject, link)) {
        Some(address) => html! { a href=(address) { (shown) } },
        None => shown,
    }
}

/// The address of a link. A template that is only a value is an address of another server; no other
/// scheme than HTTPS becomes a link.
fn address(visit: &Visit, subject: &Value, link: &str) -> Option<String> {
    let whole = link.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    // A query is already encoded. One that the reader may not see is no link.
    if let Some(page) = link.strip_suffix("?{query}") {
        let query = plain(at(subject, "query"));
        return (!query.is_empty()).then(|| format!("{page}?{query}"));
    }
    match whole.filter(|path| !path.contains('{')) {
        Some(path) => Some(plain(at(subject, path))).filter(|url| url.starts_with("https://")),
        None => Some(fill(link, |path| place(visit, subject, path))),
    }
}

/// A value for a link: of the subject, otherwise of the page's path. `@` before the name means the
/// path.
pub fn place(visit: &Visit, subject: &Value, path: &str) -> Option<String> {
    if let Some(name) = path.strip_prefix('@') {
        return Some(visit.param(name).to_owned());
    }
    match at(subject, path) {
        Value::Null => Some(visit.param(path).to_owned()),
        found => Some(plain(found)),
    }
}

fn shown(visit: &Visit, subject: &Value, given: &Value, shown: Shown) -> Markup {
    match shown {
        Shown::Text => text(&plain(given)),
        Shown::Said => text(say(&plain(given))),
        Shown::Code => code(&plain(given)),
        Shown::Badge => badge(&plain(given)),
        Shown::Time => time(&plain(given), &visit.zone),
        Shown::Number => html! { span .number { (grouped(given.as_i64().unwrap_or_default())) } },
        Shown::Bytes => html! { span .number { (bytes(given.as_u64().unwrap_or_default())) } },
        Shown::Flag => match given.as_bool() {
            Some(true) => html! { span .badge.good { (say("Yes")) } },
            _ => html! { span .badge { (say("No")) } },
        },
        Shown::List | Shown::Names => {
            let items = given.as_array().map(Vec::as_slice).unwrap_or_default();
            let item = |item: &Value| match shown {
                Shown::Names => said(&plain(item)),
                _ => plain(item),
            };
            html! { @for one in items { span .tag { bdi { (item(one)) } } " " } }
        }
        Shown::Lines => html! { pre tabindex="0" { (plain(given)) } },
        Shown::Json => html! {
            pre tabindex="0" { code { (serde_json::to_string_pretty(given).unwrap_or_default()) } }
        },
        Shown::Money(currency) => {
            let currency = plain(at(subject, currency)).to_uppercase();
            html! { span .number { (money(given.as_i64().unwrap_or_default(), &currency)) } }
        }
        Shown::Percent => {
            let percent = given.as_u64().unwrap_or_default().min(100);
            html! { span .percent { progress value=(percent) max="100" { (percent) " %" } " " (percent) " %" } }
        }
    }
}

/// A text of fixed width. A table cuts ids, and their titles have all of them.
fn code(text: &str) -> Markup {
    let is_id = text.len() == 30 && text.get(3..4) == Some("_");
    html! {
        @if is_id { code .id title=(text) { (text) } } @else { code { (text) } }
    }
}

/// A text of users, isolated so that it does not change the order of what is around it (Unicode
/// Standard Annex 9, 2.4).
pub fn text(text: &str) -> Markup {
    html! { bdi { (text) } }
}

/// A state in its colour.
pub fn badge(state: &str) -> Markup {
    let kind = match state {
        "active" | "available" | "completed" | "approved" | "success" | "succeeded" | "open"
        | "sent" | "paid" | "verified" | "enabled" | "healthy" | "ok" | "resolved" | "accepted"
        | "up" => "good",
        "pending"
        | "pending_verification"
        | "queued"
        | "running"
        | "scheduled"
        | "held"
        | "investigating"
        | "in_review"
        | "suspended"
        | "executing"
        | "processing"
        | "trialing"
        | "partially_failed"
        | "degraded"
        | "blocked"
        | "locked"
        | "past_due" => "warn",
        "banned" | "failed" | "rejected" | "escalated" | "confirmed" | "bounced" | "complained"
        | "failure" | "critical" | "high" | "down" | "revoked" | "flagged" => "bad",
        _ => "",
    };
    html! { span class={ "badge " (kind) } { (said(state)) } }
}

/// A name of the API as words: `pending_verification` is "pending verification".
pub fn words(name: &str) -> String {
    let mut words = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter == '_' || letter == '-' {
            words.push(' ');
        } else if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
            words.push(letter.to_ascii_lowercase());
        } else {
            words.push(letter);
        }
    }
    words
}

/// A name of the API as words, in the language of the page.
pub fn said(name: &str) -> String {
    let words = words(name);
    say(&words).to_owned()
}

/// A time in a zone, with the time in UTC as its title.
pub fn time(text: &str, zone: &TimeZone) -> Markup {
    let Ok(moment) = text.parse::<jiff::Timestamp>() else { return self::text(text) };
    let format = match language::current() {
        Language::English => "%-d %b %Y, %H:%M",
        Language::German => "%-d.%-m.%Y, %H:%M",
    };
    let local = moment.to_zoned(zone.clone()).strftime(format).to_string();
    let utc = moment.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
    html! { time datetime=(text) title=(utc) { (local) } }
}

/// A number with groups of three digits.
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(match language::current() {
                Language::English => ',',
                Language::German => '.',
            });
        }
        text.push(digit);
    }
    if number < 0 { format!("−{text}") } else { text }
}

/// The mark before decimals.
fn point() -> char {
    match language::current() {
        Language::English => '.',
        Language::German => ',',
    }
}

/// A text about a number of things, with the number in the place of `{}`.
pub fn say_count(count: i64, one: &str, many: &str) -> String {
    say_with(if count == 1 { one } else { many }, &[&grouped(count)])
}

/// A number of bytes in the largest unit that fits (IEC 80000-13).
pub fn bytes(number: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut unit = 0;
    let mut tenths = number.saturating_mul(10);
    while tenths >= 10_240 && unit + 1 < UNITS.len() {
        tenths /= 1024;
        unit += 1;
    }
    let name = UNITS.get(unit).copied().unwrap_or_default();
    if unit == 0 || tenths.is_multiple_of(10) {
        format!("{} {name}", grouped(i64::try_from(tenths / 10).unwrap_or(i64::MAX)))
    } else {
        format!("{}{}{} {name}", tenths / 10, point(), tenths % 10)
    }
}

/// An amount in the smallest unit of a currency.
pub fn money(amount: i64, currency: &str) -> String {
    // Currencies without decimals in ISO 4217 that Stripe takes.
    let whole = ["JPY", "KRW", "VND", "CLP", "ISK", "UGX", "XAF", "XOF", "PYG", "RWF"];
    if whole.contains(&currency) {
        return format!("{} {currency}", grouped(amount));
    }
    let sign = if amount < 0 { "−" } else { "" };
    let (units, cents) = (amount.unsigned_abs() / 100, amount.unsigned_abs() % 100);
    let units = grouped(i64::try_from(units).unwrap_or(i64::MAX));
    format!("{sign}{units}{}{cents:02} {currency}", point())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(1234567), "1,234,567");
        assert_eq!(grouped(-1000), "−1,000");
        assert_eq!(bytes(10_737_418_240), "10 GiB");
        assert_eq!(bytes(1536), "1.5 KiB");
        assert_eq!(money(-123_456, "EUR"), "−1,234.56 EUR");
        assert_eq!(money(500, "JPY"), "500 JPY");
    }

    #[test]
    fn names_of_the_api_become_words() {
        assert_eq!(words("pending_verification"), "pending verification");
        assert_eq!(words("loginHistory"), "login history");
    }
}
