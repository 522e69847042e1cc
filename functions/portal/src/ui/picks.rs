//! Fields whose values a route lists, such as the permissions of a role.

use std::collections::BTreeMap;

use super::texts::say;
use maud::{Markup, html};
use serde_json::Value;

use super::inputs;
use crate::{
    client::Refusal,
    model::{
        Input, Kind,
        field::{at, plain},
    },
    web::{fields::Fields, visit::Visit},
};

/// The values and labels that routes list, by route.
pub type Offered = BTreeMap<&'static str, Vec<(String, String)>>;

/// Reads what the routes of these fields list. Of a route that the person may not read, nothing is
/// offered, and the value is entered as text.
pub async fn read(visit: &Visit, inputs: &[Input]) -> Offered {
    let wanted: Vec<_> = inputs
        .iter()
        .filter_map(|input| match input.kind {
            Kind::Pick(options) | Kind::Picks(options) => Some(options),
            _ => None,
        })
        .collect();
    let answers = wanted.iter().map(|options| visit.get(options.api));
    let answers = futures_util::future::join_all(answers).await;
    wanted
        .into_iter()
        .zip(answers)
        .filter_map(|(options, answer)| {
            let answer = answer.ok()?;
            let rows = at(&answer, "data").as_array()?;
            let pair = |row: &Value| (plain(at(row, options.value)), plain(at(row, options.label)));
            Some((options.api, rows.iter().map(pair).collect()))
        })
        .collect()
}

/// A field with the values that its route lists.
pub fn field(
    form: &Fields,
    input: &Input,
    current: Option<&Value>,
    refused: Option<&Refusal>,
    offered: &[(String, String)],
) -> Markup {
    let id = inputs::id(input.name);
    let error = refused
        .and_then(|refused| refused.errors.iter().find(|error| error.field == input.name))
        .map(|error| error.message.as_str());
    let known = current.map_or(&Value::Null, |current| at(current, input.name));
    let is_sent = form.given(input.name).is_some() || !form.text(inputs::KEY).is_empty();
    let is_chosen = |value: &str| {
        if is_sent {
            return form.all(input.name).any(|sent| sent == value);
        }
        match known {
            Value::Array(known) => known.iter().any(|known| known == value),
            known => known == value,
        }
    };
    if matches!(input.kind, Kind::Picks(_)) {
        return html! {
            fieldset .field #(id) {
                legend { (say(input.label)) }
                (inputs::notes(&id, input.hint, error))
                div .picks {
                    @for (index, (value, label)) in offered.iter().enumerate() {
                        div .check {
                            input type="checkbox" id={ (id) "-" (index) } name=(input.name) value=(value) checked[is_chosen(value)];
                            label for={ (id) "-" (index) } { code { (value) } " " span .quiet { (label) } }
                        }
                    }
                }
            }
        };
    }
    let described = format!("{id}-hint {id}-error");
    let described = (!input.hint.is_empty() || error.is_some()).then_some(described.as_str());
    html! {
        div .field {
            label for=(id) { (say(input.label)) @if !input.required { span .quiet { " " (say("(optional)")) } } }
            (inputs::notes(&id, input.hint, error))
            select id=(id) name=(input.name) required[input.required] aria-describedby=[described] aria-invalid=[error.map(|_| "true")] {
                option value="" { (say("Choose…")) }
                @for (value, label) in offered {
                    option value=(value) selected[is_chosen(value)] {
                        (label) @if label != value { " (" (value) ")" }
                    }
                }
            }
        }
    }
}
