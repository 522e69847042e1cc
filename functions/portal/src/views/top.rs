//! The top of a page: of its subject, if it has one.

use crate::ui::texts::say;
use maud::{Markup, html};
use serde_json::Value;

use crate::{
    client::CallError,
    model::Header,
    ui::{frame, values},
    web::{
        fields::Fields,
        visit::{Visit, fill},
    },
};

/// Reads the subject of a page; `null` without one.
///
/// # Errors
/// What the API refused, or that it did not respond.
pub async fn read(visit: &Visit, header: Option<&Header>) -> Result<Value, CallError> {
    match header {
        Some(header) => visit.get(header.api).await,
        None => Ok(Value::Null),
    }
}

/// The top, with a title below the name of the subject.
pub fn show(visit: &Visit, header: Option<&Header>, subject: &Value, title: &str) -> Markup {
    match header {
        Some(header) => html! {
            (frame::subject(visit, header, subject))
            @if header.tabs.iter().all(|tab| tab.label != title) { h2 { (say(title)) } }
        },
        None => html! { h1 { (say(title)) } },
    }
}

/// The title of the browser's tab.
pub fn title(header: Option<&Header>, subject: &Value, title: &str) -> String {
    match header {
        Some(header) => format!("{} · {}", say(title), header.name_of(subject)),
        None => title.to_owned(),
    }
}

/// Links to what can be done on a page.
pub fn actions(visit: &Visit, links: &[crate::model::Link], subject: &Value) -> Markup {
    let shown: Vec<_> = links.iter().filter(|link| link.is_shown(&visit.person, subject)).collect();
    html! {
        @if !shown.is_empty() {
            div .actions {
                @for link in shown {
                    a .button.danger[link.dangerous] href=(address(visit, link, subject)) { (say(link.label)) }
                }
            }
        }
    }
}

/// The address of a link. `?filter.*` takes the filters of the page along, as fields of a form.
fn address(visit: &Visit, link: &crate::model::Link, subject: &Value) -> String {
    if let Some(page) = link.page.strip_suffix("?filter.*") {
        let mut fields = Fields::default();
        for (name, value) in visit.query.without(&["page", "cursor", "limit", "done"]).iter() {
            fields = fields.with(&format!("filter.{name}"), value);
        }
        return fields.path(page);
    }
    fill(link.page, |path| values::place(visit, subject, path))
}
