//! `/staff/roles/compare`: roles and permissions as a matrix.

use crate::ui::texts::say;
use maud::{Markup, html};
use serde_json::Value;

use crate::{
    model::field::{at, plain},
    ui::values,
    web::{
        answer::{PageResult, page},
        visit::{Visit, fill},
    },
};

/// Shows which role has which permission.
///
/// # Errors
/// What the API refused, or that it did not respond.
pub async fn show(visit: &Visit) -> PageResult {
    let (permissions, built_in, custom) = tokio::join!(
        visit.api.get("/v1/rbac/permissions?limit=200"),
        visit.api.get("/v1/rbac/roles?kind=built_in&limit=200"),
        visit.api.get("/v1/rbac/roles?kind=custom&limit=200"),
    );
    let rows = |answer: Value| at(&answer, "data").as_array().cloned().unwrap_or_default();
    let (permissions, custom) = (rows(permissions?), rows(custom?));
    let roles: Vec<Value> = rows(built_in?).into_iter().chain(custom).collect();
    let body = html! {
        p .crumb { a href="/staff/roles" { (say("Roles")) } }
        h1 { (say("Compare roles")) }
        p .about { (say("A custom role adds to the built-in role that each user has. A role that is not active gives nothing.")) }
        div .scroll { table .matrix {
            thead { tr {
                th scope="col" { (say("Permission")) }
                @for role in &roles {
                    th scope="col" {
                        a href=(fill("/staff/roles/{id}", |_| Some(plain(at(role, "id"))))) { (values::text(&plain(at(role, "name")))) }
                        @if at(role, "active") == false { " " (values::badge("inactive")) }
                    }
                }
            } }
            tbody { @for permission in &permissions { (row(permission, &roles)) } }
        } }
    };
    page("Compare roles", body)
}

fn row(permission: &Value, roles: &[Value]) -> Markup {
    let name = plain(at(permission, "name"));
    html! {
        tr {
            th scope="row" { code title=(plain(at(permission, "description"))) { (name) } }
            @for role in roles {
                @let held = at(role, "permissions").as_array().is_some_and(|held| held.iter().any(|known| *known == *name));
                td .held[held] data-label=(plain(at(role, "name"))) {
                    @if held { span .hidden { (say("Yes")) } span aria-hidden="true" { "✓" } } @else { span .hidden { (say("No")) } }
                }
            }
        }
    }
}
