//! `/staff/fraud/{id}`: an alert with the findings of each rule and its history.

use crate::ui::texts::say;
use maud::{Markup, html};
use serde_json::Value;

use super::DETAILS;
use crate::{
    model::field::{at, plain},
    ui::values,
    views::top,
    web::{
        answer::{PageResult, page},
        visit::Visit,
    },
};

/// Shows an alert.
///
/// # Errors
/// What the API refused, or that it did not respond.
pub async fn show(visit: &Visit) -> PageResult {
    let alert = visit.get("/api/admin/fraud-alerts/{id}").await?;
    let rows = |path: &str| at(&alert, path).as_array().cloned().unwrap_or_default();
    let tables = ["signals", "history"];
    let body = html! {
        p .crumb { a href="/staff/fraud?status=open" { (say("Fraud alerts")) } }
        h1 { (say("Fraud alert")) }
        @for detail in DETAILS {
            (top::actions(visit, detail.actions, &alert))
            @for section in detail.sections {
                dl .values {
                    @for field in section.fields {
                        @if !tables.contains(&field.at) { div { dt { (say(field.label)) } dd { (values::value(visit, &alert, field)) } } }
                    }
                }
            }
        }
        h2 { (say("What the rules found")) }
        @if visit.person.may("settings.read") {
            p { a href="/staff/settings/fraudRules" { (say("The rules and their version")) } }
        }
        div .scroll { table {
            thead { tr { th scope="col" { (say("Rule")) } th scope="col" .number { (say("Score")) } th scope="col" { (say("Evidence")) } } }
            tbody { @for signal in rows("signals") { tr {
                td data-label=(say("Rule")) { a href={ "/staff/fraud?rule=" (plain(at(&signal, "rule"))) } { (values::said(&plain(at(&signal, "rule")))) } }
                td .number data-label=(say("Score")) { (plain(at(&signal, "score"))) }
                td data-label=(say("Evidence")) { (evidence(at(&signal, "evidence"))) }
            } } }
        } }
        h2 { (say("History")) }
        div .scroll { table {
            thead { tr { @for label in ["Time", "By", "What"] { th scope="col" { (say(label)) } } } }
            tbody { @for event in rows("history") { tr {
                td data-label=(say("Time")) { (values::time(&plain(at(&event, "at")), &visit.zone)) }
                td data-label=(say("By")) { code { (plain(at(&event, "by"))) } }
                td data-label=(say("What")) { (evidence(&event)) }
            } } }
        } }
    };
    page("Fraud alert", body)
}

/// Names and values of an object; what is nested is shown as JSON.
fn evidence(object: &Value) -> Markup {
    html! {
        @for (name, value) in object.as_object().into_iter().flatten() {
            @if !value.is_null() && !["at", "by"].contains(&name.as_str()) {
                span .tag { (values::said(name)) ": " bdi { (plain(value)) } } " "
            }
        }
    }
}
