//! `/staff/search`: users, organisations, servers, orders, pages and actions. The command palette shows
//! the results of this page.

pub mod places;

use crate::ui::texts::say;
use maud::html;

use crate::{
    client::CallError,
    model::field::{at, plain},
    ui::{frame, values},
    web::{
        answer::{PageResult, page},
        fields::Fields,
        visit::{Visit, fill},
    },
};

/// Groups of results: name in the answer, title, text of a row, page of a row.
const GROUPS: [(&str, &str, &[&str], &str); 4] = [
    ("users", "Users", &["name", "email", "id"], "/staff/users/{id}"),
    ("organisations", "Organisations", &["name", "handle", "id"], "/staff/organisations/{id}"),
    ("servers", "Servers", &["name", "id"], "/staff/organisations/{organisationId}/servers"),
    ("orders", "Orders", &["id"], "/staff/users/{userId}/plan"),
];

/// Shows what matches a text.
///
/// # Errors
/// That the API did not respond; what it refuses is explained on the page.
pub async fn show(visit: &Visit) -> PageResult {
    let text = visit.query.text("q").trim();
    let places = places::matching(visit, text);
    if text.is_empty() {
        let body = html! {
            h1 { (say("Search")) }
            p .about { (say("Enter a name, an email address, a username, a handle or an id, or what you want to do.")) }
            (places::list(&places))
        };
        return page("Search", body);
    }
    if !visit.person.may("user.list") {
        let body = html! { h1 { (say("Search")) } (places::list(&places)) };
        return page("Search", body);
    }
    // The list of users forgives typing mistakes; the other groups match beginnings.
    let users = Fields::default().with("search", text).with("limit", "10").path("/v1/users");
    let others = Fields::default().with("q", text).path("/api/admin/search");
    let (users, others) = tokio::join!(visit.api.get(&users), visit.api.get(&others));
    let (others, refused) = match others {
        Ok(found) => (found, None),
        Err(CallError::Refused(refusal)) => (serde_json::Value::Null, Some(refusal)),
        Err(error) => return Err(error.into()),
    };
    let users = users.unwrap_or_default();
    let rows = |group: &str| {
        let path = format!("groups.{group}.rows");
        let found = match group {
            "users" if users.is_object() => at(&users, "data"),
            _ => at(&others, &path),
        };
        found.as_array().cloned().unwrap_or_default()
    };
    let found: Vec<_> = GROUPS.iter().map(|group| (group, rows(group.0))).collect();
    let body = html! {
        h1 { (say("Results for")) " “" (values::text(text)) "”" }
        @if let Some(refused) = &refused { @if !users.is_object() { (frame::refusal(refused)) } }
        @if refused.is_none() && places.is_empty() && found.iter().all(|(_, rows)| rows.is_empty()) {
            p .empty { (say("Nothing matches. Check the spelling, or search for another part of the name.")) }
        }
        @for ((_, title, texts, link), rows) in &found {
            @if !rows.is_empty() {
                h2 { (say(title)) }
                ul .results {
                    @for row in rows {
                        li {
                            a href=(fill(link, |path| Some(plain(at(row, path))))) {
                                (values::text(&texts.iter().map(|path| plain(at(row, path))).find(|text| !text.is_empty()).unwrap_or_default()))
                            }
                            " " span .quiet { (values::text(&plain(at(row, "email")))) }
                            @if !at(row, "status").is_null() { " " (values::badge(&plain(at(row, "status")))) }
                        }
                    }
                }
            }
        }
        (places::list(&places))
    };
    page("Search", body)
}
