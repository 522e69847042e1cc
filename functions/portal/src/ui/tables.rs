//! Tables of lists, their filters, and the links to other pages of them.

use super::texts::{say, say_with};
use maud::{Markup, html};
use serde_json::Value;

use super::values;
use crate::{
    model::{
        Field, FilterKind, Link, List,
        field::{at, plain},
    },
    web::visit::{Visit, fill},
};

/// The filters of a list: a form that changes the address of the page.
pub fn filters(visit: &Visit, list: &List) -> Markup {
    if list.filters.is_empty() {
        return html! {};
    }
    html! {
        form .filters action=(visit.path) {
            @for filter in list.filters {
                @let given = visit.query.text(filter.name);
                @let id = super::inputs::id(filter.name);
                div .field {
                    label for=(id) { (say(filter.label)) }
                    @match filter.kind {
                        FilterKind::Text => { input type="text" id=(id) name=(filter.name) value=(given) autocomplete="off"; }
                        FilterKind::Date => { input type="date" id=(id) name=(filter.name) value=(given); }
                        FilterKind::Choice(values) => {
                            select id=(id) name=(filter.name) {
                                option value="" { (say("Any")) }
                                @for value in values { option value=(value) selected[given == *value] { (values::said(value)) } }
                            }
                        }
                        FilterKind::Flag => {
                            select id=(id) name=(filter.name) {
                                option value="" { (say("Any")) }
                                option value="true" selected[given == "true"] { (say("Yes")) }
                                option value="false" selected[given == "false"] { (say("No")) }
                            }
                        }
                    }
                }
            }
            button type="submit" { (say("Filter")) }
            @if list.filters.iter().any(|filter| !visit.query.text(filter.name).is_empty()) {
                a href=(visit.path) { (say("Remove all filters")) }
            }
        }
    }
}

/// A table. On a narrow screen each row is a card.
pub fn table(visit: &Visit, columns: &[Field], rows: &[Value], actions: &[Link]) -> Markup {
    content(visit, columns, rows, actions, None)
}

/// A table with a checkbox for each row, inside a form.
pub fn choosable(visit: &Visit, columns: &[Field], rows: &[Value], name: &str) -> Markup {
    content(visit, columns, rows, &[], Some(name))
}

fn content(
    visit: &Visit,
    columns: &[Field],
    rows: &[Value],
    actions: &[Link],
    choice: Option<&str>,
) -> Markup {
    let shown = |row: &Value| {
        actions.iter().filter(|link| link.is_shown(&visit.person, row)).collect::<Vec<_>>()
    };
    let has_actions = rows.iter().any(|row| !shown(row).is_empty());
    html! {
        div .scroll {
            table {
                thead { tr {
                    @if choice.is_some() { th scope="col" { span .hidden { (say("Choose")) } } }
                    @for column in columns { th scope="col" .number[is_number(column)] { (say(column.label)) } }
                    @if has_actions { th scope="col" { span .hidden { (say("Actions")) } } }
                } }
                tbody {
                    @for row in rows {
                        tr id=[at(row, "id").as_str()] {
                            @if let Some(name) = choice {
                                td data-label=(say("Choose")) {
                                    input type="checkbox" name=(name) value=(plain(at(row, "id")))
                                        aria-label={ (say("Choose")) " " (named(row, columns)) };
                                }
                            }
                            @for column in columns {
                                td data-label=(say(column.label)) .number[is_number(column)] { (values::value(visit, row, column)) }
                            }
                            @if has_actions {
                                td .row-actions {
                                    @for link in shown(row) {
                                        a .danger[link.dangerous] href=(fill(link.page, |path| values::place(visit, row, path))) { (say(link.label)) }
                                        " "
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What names a row: its first column, or its id.
fn named(row: &Value, columns: &[Field]) -> String {
    let name = columns.first().map(|column| plain(at(row, column.at))).unwrap_or_default();
    if name.is_empty() { plain(at(row, "id")) } else { name }
}

fn is_number(column: &Field) -> bool {
    use crate::model::Shown::{Bytes, Money, Number};
    matches!(column.shown, Number | Bytes | Money(_))
}

/// How many rows there are, and links to the pages before and after.
pub fn pages(visit: &Visit, pagination: &Value, shown: usize) -> Markup {
    let number = |name: &str| at(pagination, name).as_u64();
    let (total, pages) = (number("total"), number("pages").unwrap_or(1));
    let page = number("page");
    let cursor = ["nextCursor", "next_cursor"]
        .iter()
        .map(|name| plain(at(pagination, name)))
        .find(|cursor| !cursor.is_empty());
    let to = |page: u64| {
        let page = page.to_string();
        visit.query.without(&["cursor", "done"]).with("page", &page).path(&visit.path)
    };
    let past_end = page.is_some_and(|page| page > pages.max(1)) && shown == 0;
    html! {
        nav .pages aria-label=(say("Pages of the list")) {
            p {
                @if let Some(total) = total { (values::grouped(i64::try_from(total).unwrap_or(i64::MAX))) " " (say("in total")) }
                @if let Some(page) = page { @if pages > 1 && !past_end { ", " (say_with("page {} of {}", &[&page.to_string(), &pages.to_string()])) } }
            }
            @if past_end {
                p { (if pages == 1 { say("There is 1 page.").to_owned() } else { say_with("There are {} pages.", &[&pages.to_string()]) }) " " a href=(to(pages.max(1))) { (say("Go to the last page")) } }
            } @else {
                @if let Some(page) = page.filter(|page| *page > 1) {
                    a rel="prev" href=(to(page - 1)) { (say("Previous")) }
                }
                @match (page, cursor) {
                    (Some(page), _) if page < pages => { a rel="next" href=(to(page + 1)) { (say("Next")) } }
                    (None, Some(cursor)) => { a rel="next" href=(visit.query.without(&["page", "done"]).with("cursor", &cursor).path(&visit.path)) { (say("Next")) } }
                    _ => {}
                }
            }
        }
    }
}
