//! Forms. They work without a script; each carries the token of the session and an idempotency key,
//! so that a second click or a reload sends the same request again and gets the same answer.

use super::texts::say;
use maud::{Markup, html};
use serde_json::Value;

pub use super::inputs::{CODE, KEY, PASSWORD, PREVIEW, TOKEN, VERSION, id};
use super::{frame, inputs::notes, picks, picks::Offered};
use crate::{
    client::Refusal,
    model::{
        Input, Kind,
        field::{at, plain},
    },
    web::{fields::Fields, visit::Visit},
};

/// The hidden fields of every form.
pub fn hidden(visit: &Visit) -> Markup {
    let given = visit.form.text(KEY);
    let key = if given.is_empty() {
        visit.app.id(provost_domain::RequestId::new).to_string()
    } else {
        given.to_owned()
    };
    html! {
        input type="hidden" name=(TOKEN) value=(visit.session.form_token());
        input type="hidden" name=(KEY) value=(key);
    }
}

/// The fields of a form. What was entered comes before current values.
pub fn fields(
    visit: &Visit,
    inputs: &[Input],
    current: Option<&Value>,
    refused: Option<&Refusal>,
    offered: &Offered,
) -> Markup {
    html! {
        @for input in inputs {
            @let entered = if visit.form.is_empty() { &visit.query } else { &visit.form };
            @match input.kind {
                Kind::Pick(options) | Kind::Picks(options) if offered.contains_key(options.api) => {
                    (picks::field(entered, input, current, refused, &offered[options.api]))
                }
                _ => (field(entered, input, current, refused, &visit.zone)),
            }
        }
    }
}

/// A message and the fields of a refused request.
pub fn problem(refused: Option<&Refusal>) -> Markup {
    html! { @if let Some(refused) = refused { (frame::refusal(refused)) } }
}

fn field(
    form: &Fields,
    input: &Input,
    current: Option<&Value>,
    refused: Option<&Refusal>,
    zone: &jiff::tz::TimeZone,
) -> Markup {
    let id = id(input.name);
    let error = refused
        .and_then(|refused| refused.errors.iter().find(|error| error.field == input.name))
        .map(|error| error.message.as_str());
    let known = current.map_or(&Value::Null, |current| at(current, input.name));
    let is_sent = form.given(input.name).is_some() || !form.text(KEY).is_empty();
    let text =
        if is_sent { form.text(input.name).to_owned() } else { shown(known, input.kind, zone) };
    let described = format!("{id}-hint {id}-error");
    let described = (!input.hint.is_empty() || error.is_some()).then_some(described.as_str());
    let invalid = error.map(|_| "true");
    let body = match input.kind {
        Kind::Fixed(_) | Kind::Unsent => return html! {},
        Kind::Check => {
            let checked = if is_sent { form.given(input.name).is_some() } else { *known == true };
            return html! {
                div .field.check {
                    input type="checkbox" id=(id) name=(input.name) checked[checked] aria-describedby=[described] aria-invalid=[invalid];
                    label for=(id) { (say(input.label)) }
                    (notes(&id, input.hint, error))
                }
            };
        }
        Kind::Choices(values) => {
            return html! {
                fieldset .field {
                    legend { (say(input.label)) }
                    (notes(&id, input.hint, error))
                    @for (value, label) in values {
                        @let checked = if is_sent { form.all(input.name).any(|sent| sent == *value) } else { known.as_array().is_some_and(|known| known.iter().any(|known| known == value)) };
                        div .check {
                            input type="checkbox" id={ (id) "-" (value) } name=(input.name) value=(value) checked[checked];
                            label for={ (id) "-" (value) } { (say(label)) }
                        }
                    }
                }
            };
        }
        Kind::Choice(values) => html! {
            select id=(id) name=(input.name) required[input.required] aria-describedby=[described] aria-invalid=[invalid] {
                @if !input.required || text.is_empty() { option value="" { (say("Choose…")) } }
                @for (value, label) in values {
                    option value=(value) selected[text == *value] { (say(label)) }
                }
            }
        },
        Kind::Area | Kind::Lines | Kind::Pairs | Kind::Picks(_) | Kind::Json => html! {
            textarea id=(id) name=(input.name) rows=(if matches!(input.kind, Kind::Json) { 14 } else { 4 }) required[input.required] aria-describedby=[described] aria-invalid=[invalid] { (text) }
        },
        Kind::File(accepted) => html! {
            input type="file" id=(id) name=(input.name) accept=(accepted) required[input.required] aria-describedby=[described] aria-invalid=[invalid];
        },
        kind => {
            let (type_, mode, complete) = match kind {
                Kind::Email => ("email", None, "off"),
                Kind::Password => ("password", None, "new-password"),
                Kind::Number => ("text", Some("numeric"), "off"),
                Kind::Time => ("datetime-local", None, "off"),
                Kind::Date => ("date", None, "off"),
                _ => ("text", None, "off"),
            };
            let text = if matches!(kind, Kind::Password) { String::new() } else { text };
            html! {
                input type=(type_) id=(id) name=(input.name) value=(text) inputmode=[mode] autocomplete=(complete) required[input.required] aria-describedby=[described] aria-invalid=[invalid];
            }
        }
    };
    html! {
        div .field {
            label for=(id) { (say(input.label)) @if !input.required { span .quiet { " " (say("(optional)")) } } }
            (notes(&id, input.hint, error))
            (body)
        }
    }
}

/// A current value as the text of a field.
fn shown(known: &Value, kind: Kind, zone: &jiff::tz::TimeZone) -> String {
    match kind {
        Kind::Json => match known {
            Value::Null => String::new(),
            known => serde_json::to_string_pretty(known).unwrap_or_default(),
        },
        Kind::Lines | Kind::Picks(_) => known
            .as_array()
            .map(|items| items.iter().map(plain).collect::<Vec<_>>().join("\n"))
            .unwrap_or_default(),
        Kind::Time => plain(known).parse::<jiff::Timestamp>().map_or_else(
            |_| String::new(),
            |at| at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M").to_string(),
        ),
        _ => plain(known),
    }
}

/// The fields that ask for the password again.
pub fn password_again(visit: &Visit, refused: Option<&Refusal>) -> Markup {
    let error = refused.map(|refused| refused.detail.as_str());
    html! {
        fieldset .again {
            legend { (say("Confirm that it is you")) }
            p .hint { (say("You signed in more than ten minutes ago.")) }
            @if let Some(error) = error { p .error { (say(error)) } }
            div .field {
                label for="again" { (say("Your password")) }
                input #again type="password" name=(PASSWORD) autocomplete="current-password" required;
            }
            @if visit.person.has_second_factor() {
                div .field {
                    label for="again-code" { (say("Code of your authenticator")) }
                    input #again-code type="text" name=(CODE) inputmode="numeric" autocomplete="one-time-code" required;
                }
            }
        }
    }
}
