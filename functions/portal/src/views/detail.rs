//! A page about one resource.

use crate::ui::texts::say;
use maud::html;

use super::top;
use crate::{
    model::{
        Detail,
        field::{at, plain},
    },
    ui::values,
    web::{
        answer::{PageResult, page},
        visit::Visit,
    },
};

/// Shows a resource.
///
/// # Errors
/// What the API refused, or that it did not respond.
pub async fn show(visit: &Visit, detail: &Detail) -> PageResult {
    let address = visit.fill(detail.api);
    let (subject, resource) =
        tokio::join!(top::read(visit, detail.header), visit.api.get(&address));
    let (subject, resource) = (subject?, resource?);
    let is_live = detail
        .live
        .is_some_and(|(path, states)| states.contains(&plain(at(&resource, path)).as_str()));
    let body = html! {
        @if detail.header.is_none() { p .crumb { a href=(visit.fill(detail.parent.1)) { (say(detail.parent.0)) } } }
        (top::show(visit, detail.header, &subject, detail.title))
        (top::actions(visit, detail.actions, &resource))
        div #live data-live[is_live] {
            @for section in detail.sections {
                @if detail.sections.len() > 1 { h2 { (say(section.title)) } }
                dl .values {
                    @for field in section.fields {
                        div { dt { (say(field.label)) } dd { (values::value(visit, &resource, field)) } }
                    }
                }
            }
            @if is_live { p .quiet { (say("This page looks again by itself. Without a script, reload it.")) } }
        }
    };
    page(top::title(detail.header, &subject, detail.title), body)
}
