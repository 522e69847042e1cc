//! A field of a form, which becomes a field of a request's body.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use crate::web::fields::Fields;

/// How a value is entered, and what it becomes.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A text of one line.
    Text,
    /// An email address.
    Email,
    /// A text of several lines.
    Area,
    /// A password.
    Password,
    /// A whole number.
    Number,
    /// One of these values, each with its label.
    Choice(&'static [(&'static str, &'static str)]),
    /// Several of these values, each with its label.
    Choices(&'static [(&'static str, &'static str)]),
    /// True or false.
    Check,
    /// A time.
    Time,
    /// A date.
    Date,
    /// One text a line.
    Lines,
    /// One name and value a line, `name = value`.
    Pairs,
    /// Any JSON.
    Json,
    /// One of the values that a route lists.
    Pick(&'static Options),
    /// Several of the values that a route lists.
    Picks(&'static Options),
    /// A fixed value that is not shown.
    Fixed(&'static str),
    /// A field that the server fills in.
    Unsent,
    /// A file of these media types.
    File(&'static str),
}

/// Values that a route lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The route.
    pub api: &'static str,
    /// Path of the value in a row.
    pub value: &'static str,
    /// Path of what is shown beside the value.
    pub label: &'static str,
}

/// A field of a form.
#[derive(Debug, Clone, Copy)]
pub struct Input {
    /// Path of the field in the body: `profile.city`.
    pub name: &'static str,
    /// The label.
    pub label: &'static str,
    /// A hint; may be empty.
    pub hint: &'static str,
    /// How it is entered.
    pub kind: Kind,
    /// Whether it must have a value.
    pub required: bool,
}

impl Input {
    /// An optional field.
    pub const fn new(name: &'static str, label: &'static str, kind: Kind) -> Self {
        Self { name, label, hint: "", kind, required: false }
    }

    /// The reason of an action, which is kept in the audit log.
    pub const fn reason() -> Self {
        Self {
            name: "reason",
            label: "Reason",
            hint: "Kept in the audit log.",
            kind: Kind::Area,
            required: true,
        }
    }

    /// The same field, required.
    #[must_use]
    pub const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// The same field with a hint.
    #[must_use]
    pub const fn hint(self, hint: &'static str) -> Self {
        Self { hint, ..self }
    }

    /// The value that the form was sent with; `None` leaves the field out of the body.
    fn value(&self, form: &Fields, zone: &jiff::tz::TimeZone) -> Option<Value> {
        let text = form.text(self.name);
        let filled = (!text.trim().is_empty()).then_some(text);
        match self.kind {
            Kind::Check => Some(form.given(self.name).is_some().into()),
            // Where the values could not be listed, there is one a line.
            Kind::Choices(_) | Kind::Picks(_) => {
                let sent = form.all(self.name).flat_map(str::lines).map(str::trim);
                let sent = sent.filter(|value| !value.is_empty());
                Some(sent.map(Value::from).collect::<Vec<_>>().into())
            }
            Kind::Fixed(value) => {
                Some(serde_json::from_str(value).unwrap_or_else(|_| value.into()))
            }
            Kind::Unsent => None,
            // A file in JSON is base64.
            Kind::File(_) => form.file(self.name).map(|file| STANDARD.encode(&file.bytes).into()),
            Kind::Number => filled
                .map(|text| text.trim().parse::<i64>().map_or_else(|_| text.into(), Value::from)),
            Kind::Json => {
                filled.map(|text| serde_json::from_str(text).unwrap_or_else(|_| text.into()))
            }
            Kind::Lines => filled.map(|text| {
                let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
                lines.map(Value::from).collect::<Vec<_>>().into()
            }),
            Kind::Pairs => filled.map(|text| {
                let pairs = text.lines().filter_map(|line| line.split_once('='));
                let pairs =
                    pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().into()));
                Value::Object(pairs.collect())
            }),
            Kind::Time => filled.map(|text| instant(text, zone).into()),
            // A browser sends line breaks as CR LF.
            Kind::Area => filled.map(|text| text.replace("\r\n", "\n").into()),
            _ => filled.map(Value::from),
        }
    }
}

/// The moment of a time that was entered without a zone, in RFC 3339. A text that is no such time
/// stays as it is, and the API explains what is wrong with it.
fn instant(text: &str, zone: &jiff::tz::TimeZone) -> String {
    text.parse::<jiff::civil::DateTime>()
        .ok()
        .and_then(|local| local.to_zoned(zone.clone()).ok())
        .map_or_else(|| text.to_owned(), |zoned| zoned.timestamp().to_string())
}

/// The body of a request from a form. If there are current values, only fields that differ from
/// them are sent: a form does not write back what it only displayed.
pub fn body(
    inputs: &[Input],
    form: &Fields,
    zone: &jiff::tz::TimeZone,
    current: Option<&Value>,
) -> Value {
    let mut body = json!({});
    for input in inputs {
        let value = input.value(form, zone);
        let value = match current {
            None => value,
            Some(current) => {
                let known = super::field::at(current, input.name);
                let cleared =
                    value.is_none() && !known.is_null() && form.given(input.name).is_some();
                let is_same = value.as_ref().is_some_and(|value| same(value, known));
                if cleared {
                    Some(Value::Null)
                } else {
                    value.filter(|_| !is_same || input.name == "reason")
                }
            }
        };
        if let Some(value) = value {
            put(&mut body, input.name, value);
        }
    }
    body
}

/// Whether an entered value is the current one. No choice and an empty list are the same as none.
fn same(entered: &Value, known: &Value) -> bool {
    let empty = |value: &Value| match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    };
    let is_same_set = match (entered, known) {
        (Value::Array(entered), Value::Array(known)) => {
            entered.len() == known.len() && entered.iter().all(|value| known.contains(value))
        }
        _ => false,
    };
    entered == known || is_same_set || (empty(entered) && empty(known))
}

fn put(body: &mut Value, path: &str, value: Value) {
    let mut place = body;
    let mut names = path.split('.').peekable();
    while let Some(name) = names.next() {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        if names.peek().is_none() {
            place[name] = value;
            return;
        }
        place = &mut place[name];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INPUTS: &[Input] = &[
        Input::new("firstName", "First name", Kind::Text),
        Input::new("profile.city", "City", Kind::Text),
        Input::new("limits.projects", "Projects", Kind::Number),
        Input::new("notify", "Notify", Kind::Check),
        Input::new("until", "Until", Kind::Time),
    ];

    fn zone() -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::get("Europe/Berlin").expect("a zone")
    }

    #[test]
    fn a_form_becomes_a_body() {
        let form = Fields::read(
            b"firstName=Ada&profile.city=Dhaka&limits.projects=3&notify=on&until=2026-11-30T12%3A00",
        );
        let expected = json!({
            "firstName": "Ada", "profile": {"city": "Dhaka"}, "limits": {"projects": 3},
            "notify": true, "until": "2026-11-30T11:00:00Z",
        });
        assert_eq!(body(INPUTS, &form, &zone(), None), expected);
    }

    #[test]
    fn only_changed_fields_are_sent_and_an_emptied_one_is_cleared() {
        let current = json!({"firstName": "Ada", "profile": {"city": "Dhaka"}, "notify": true});
        let form = Fields::read(b"firstName=Ada&profile.city=&notify=on&limits.projects=");
        let expected = json!({"profile": {"city": null}});
        assert_eq!(body(INPUTS, &form, &zone(), Some(&current)), expected);
    }
}
