//! `/staff/users/{id}/permissions`: what a user may do, and why.

use crate::ui::texts::say;
use maud::{Markup, html};
use serde_json::Value;

use crate::{
    model::field::{at, plain},
    staff::users,
    ui::{frame, values},
    web::{
        answer::{PageResult, page},
        visit::{Visit, fill},
    },
};

/// Shows the roles and permissions of a user, with what gives and what denies each.
///
/// # Errors
/// What the API refused, or that it did not respond.
pub async fn show(visit: &Visit) -> PageResult {
    let (subject, effective) =
        tokio::join!(visit.get(users::HEADER.api), visit.get("/v1/rbac/users/{id}/effective"));
    let (subject, effective) = (subject?, effective?);
    let list = |path: &str| at(&effective, path).as_array().cloned().unwrap_or_default();
    let may_assign = visit.person.may("role.assign") && visit.person.acts();
    let permissions = list("permissions");
    let body = html! {
        (frame::subject(visit, &users::HEADER, &subject))
        @if may_assign {
            div .actions {
                a .button href=(visit.fill("/staff/users/{id}/permissions/assign")) { (say("Assign a role")) }
                a .button href=(visit.fill("/staff/users/{id}/permissions/set")) { (say("Grant or deny a permission")) }
            }
        }
        h2 { (say("Roles")) }
        ul .plain-list {
            @for role in list("roles") {
                li {
                    a href=(fill("/staff/roles/{id}", |_| Some(plain(at(&role, "id"))))) { (values::text(&plain(at(&role, "name")))) }
                    @if at(&role, "active") == false { " " (values::badge("inactive")) }
                    @if may_assign && at(&role, "built_in") == false {
                        " " a .danger href=(of_user(visit, "/staff/users/{id}/permissions/roles/{role}/remove", &plain(at(&role, "id")))) { (say("Take away")) }
                    }
                }
            }
        }
        h2 { (say("Permissions, and why")) }
        @if permissions.is_empty() {
            p .empty { (say("This user has no permissions: nothing gives one.")) }
        } @else {
            div .scroll { table {
                thead { tr {
                    @for label in ["Permission", "Effective", "Because of"] { th scope="col" { (say(label)) } }
                    @if may_assign { th scope="col" { span .hidden { (say("Actions")) } } }
                } }
                tbody { @for permission in &permissions { (row(visit, permission, may_assign)) } }
            } }
        }
    };
    page(format!("{} · {}", say("Permissions"), users::HEADER.name_of(&subject)), body)
}

fn row(visit: &Visit, permission: &Value, may_assign: bool) -> Markup {
    let name = plain(at(permission, "permission"));
    let sources = at(permission, "sources").as_array().map(Vec::as_slice).unwrap_or_default();
    let denial = at(permission, "denial");
    let is_direct = !denial.is_null() || sources.iter().any(|source| at(source, "kind") == "grant");
    html! {
        tr {
            td data-label=(say("Permission")) { code { (name) } }
            td data-label=(say("Effective")) {
                @if at(permission, "effective") == true { span .badge.good { (say("Yes")) } }
                @else { span .badge.bad { (say("Denied")) } }
            }
            td data-label=(say("Because of")) {
                @if !denial.is_null() { (source(visit, "denial", "", denial)) }
                @for given in sources {
                    (source(visit, &plain(at(given, "kind")), &plain(at(given, "name")), given))
                }
            }
            @if may_assign {
                td .row-actions {
                    @if is_direct {
                        a .danger href=(of_user(visit, "/staff/users/{id}/permissions/{permission}/remove", &name)) { (say("Remove")) }
                    }
                }
            }
        }
    }
}

/// What gives or denies a permission, and until when.
fn source(visit: &Visit, kind: &str, name: &str, given: &Value) -> Markup {
    html! {
        span .tag {
            (values::said(kind))
            @if !name.is_empty() { " " bdi { (name) } }
            @if !at(given, "expires_at").is_null() {
                " " (say("until")) " " (values::time(&plain(at(given, "expires_at")), &visit.zone))
            }
        } " "
    }
}

/// A page about this user and another thing.
fn of_user(visit: &Visit, template: &str, other: &str) -> String {
    fill(template, |name| Some(if name == "id" { visit.param("id") } else { other }.to_owned()))
}
