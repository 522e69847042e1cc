//! A list: filters, a table, links to other pages of it.

use crate::ui::texts::say;
use maud::html;

use super::top;
use crate::{
    client::CallError,
    model::{List, field::at},
    ui::{frame, tables},
    web::{
        answer::{PageResult, page},
        visit::Visit,
    },
};

/// Parameters of the portal itself.
const OWN: [&str; 1] = ["done"];

/// Shows a list.
///
/// # Errors
/// What the API refused of the subject, or that it did not respond.
pub async fn show(visit: &Visit, list: &List) -> PageResult {
    let query = visit.query.without(&OWN).without_empty();
    let route = visit.fill(list.api);
    let address = match route.split_once('?') {
        Some((path, fixed)) => format!("{path}?{fixed}&{}", query.encoded()),
        None => query.path(&route),
    };
    let address = address.trim_end_matches('&').to_owned();
    let (subject, answer) = tokio::join!(top::read(visit, list.header), visit.api.get(&address));
    let subject = subject?;
    // A filter that the API refuses is explained above the filters, where it can be corrected.
    let (answer, refused) = match answer {
        Ok(answer) => (answer, None),
        Err(CallError::Refused(refusal)) if !query.is_empty() && refusal.status < 500 => {
            (serde_json::Value::Null, Some(refusal))
        }
        Err(error) => return Err(error.into()),
    };
    let rows = at(&answer, "data").as_array().map(Vec::as_slice).unwrap_or_default();
    let body = html! {
        (top::show(visit, list.header, &subject, list.title))
        @if !list.about.is_empty() { p .about { (say(list.about)) } }
        @if let Some(refused) = &refused { (frame::refusal(refused)) }
        (top::actions(visit, list.actions, &subject))
        (tables::filters(visit, list))
        @if refused.is_none() {
            @if rows.is_empty() && query.text("page").is_empty() {
                p .empty { @if query.is_empty() { (say(list.empty)) } @else { (say("Nothing matches these filters.")) } }
            } @else if !rows.is_empty() {
                (tables::table(visit, list.columns, rows, list.row_actions))
            }
            (tables::pages(visit, at(&answer, "pagination"), rows.len()))
        }
    };
    page(top::title(list.header, &subject, list.title), body)
}
