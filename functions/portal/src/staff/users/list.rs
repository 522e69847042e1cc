//! `/staff/users`: the users that match filters and a search, sorted, in pages.

use crate::ui::texts::{say, say_with};
use maud::{Markup, html};
use serde_json::Value;

use super::{NOT_FILTERS, USERS};
use crate::{
    client::CallError,
    model::field::{at, plain},
    ui::{frame, tables, values},
    web::{
        answer::{PageResult, page},
        visit::Visit,
    },
};

/// The orders, each with its label and the permission to see what it compares.
pub const SORTS: [(&str, &str, &str); 6] = [
    ("-created_at", "Newest first", "user.list"),
    ("created_at", "Oldest first", "user.list"),
    ("name", "Name", "user.list"),
    ("email", "Email", "user.view"),
    ("-last_login_at", "Last sign-in", "session.read"),
    ("-updated_at", "Last changed", "user.list"),
];

/// Shows the list.
///
/// # Errors
/// That the API did not respond; a filter that it refuses is explained above the filters.
pub async fn show(visit: &Visit) -> PageResult {
    let query = visit.query.without(&["done"]).without_empty();
    let (answer, refused) = match visit.api.get(&query.path(USERS.api)).await {
        Ok(answer) => (answer, None),
        Err(CallError::Refused(refusal)) if !query.is_empty() && refusal.status < 500 => {
            (Value::Null, Some(refusal))
        }
        Err(error) => return Err(error.into()),
    };
    let rows = at(&answer, "data").as_array().map(Vec::as_slice).unwrap_or_default();
    let total = at(&answer, "pagination.total").as_i64().unwrap_or_default();
    let body = html! {
        h1 { (say("Users")) }
        @if let Some(refused) = &refused { (frame::refusal(refused)) }
        (tables::filters(visit, &USERS))
        (chips(visit))
        @if refused.is_none() {
            div .above-table {
                p { strong { (values::grouped(total)) } " " (say("users")) (say(search_stage(&answer))) }
                (sorting(visit))
            }
            @if total > 0 { (super::bulk::links(visit, total)) }
            @if rows.is_empty() && visit.query.text("page").is_empty() {
                p .empty { (say("No user matches. Remove a filter, or check the spelling.")) }
            } @else if !rows.is_empty() {
                @if visit.person.may("user.update") && visit.person.acts() {
                    form action="/staff/users/bulk" data-rows="" {
                        (tables::choosable(visit, USERS.columns, rows, super::bulk::ROW))
                        div .above-table {
                            p { button .plain type="submit" { (say("Change the chosen users")) } }
                        }
                    }
                } @else {
                    (tables::table(visit, USERS.columns, rows, &[]))
                }
            }
            (tables::pages(visit, at(&answer, "pagination"), rows.len()))
        }
    };
    page("Users", body)
}

/// Each filter in the address, with a link that removes it.
fn chips(visit: &Visit) -> Markup {
    let given: Vec<_> = visit
        .query
        .iter()
        .filter(|(name, value)| !NOT_FILTERS.contains(name) && !value.is_empty())
        .collect();
    html! {
        @if !given.is_empty() {
            ul .chips aria-label=(say("Filters")) {
                @for (name, value) in given {
                    li {
                        (values::said(name)) ": " bdi { (value) } " "
                        a href=(visit.query.without(&[name, "page", "cursor", "done"]).path(&visit.path)) {
                            span .hidden { (say_with("Remove the filter {}", &[&values::said(name)])) } span aria-hidden="true" { "✕" }
                        }
                    }
                }
            }
        }
    }
}

/// The order, as a form that keeps the filters.
fn sorting(visit: &Visit) -> Markup {
    let current = visit.query.text("sort");
    html! {
        form .sort action=(visit.path) {
            @for (name, value) in visit.query.without(&["sort", "page", "cursor", "done"]).iter() {
                @if !value.is_empty() { input type="hidden" name=(name) value=(value); }
            }
            label for="sort" { (say("Order")) }
            select #sort name="sort" {
                option value="" { (say("By relevance, or newest first")) }
                @for (value, label, permission) in SORTS {
                    @if visit.person.may(permission) {
                        option value=(value) selected[current == value] { (say(label)) }
                    }
                }
            }
            button type="submit" { (say("Sort")) }
        }
    }
}

fn search_stage(answer: &Value) -> &'static str {
    match plain(at(answer, "search.stage")).as_str() {
        "typo" | "typo_inside" => ", including names that are spelled similarly",
        _ => "",
    }
}
