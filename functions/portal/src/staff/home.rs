//! `/staff`: what waits for a decision, and how the platform does.

use crate::ui::texts::say;
use maud::html;
use serde_json::Value;

use crate::{
    model::field::{at, plain},
    ui::{charts, values},
    web::{
        answer::{PageResult, page},
        visit::Visit,
    },
};

/// What waits: label, route of a list, its page, permission.
const WAITING: [(&str, &str, &str, &str); 7] = [
    ("Approvals", "/v1/jobs?limit=1", "/staff/jobs", "user.update"),
    (
        "Open reports",
        "/api/admin/reports?status=open&limit=1",
        "/staff/reports?status=open",
        "report.read",
    ),
    (
        "Verifications",
        "/api/admin/verifications?status=pending&limit=1",
        "/staff/verifications?status=pending",
        "verification.read",
    ),
    (
        "Fraud alerts",
        "/api/admin/fraud-alerts?status=open&limit=1",
        "/staff/fraud?status=open",
        "fraud.read",
    ),
    (
        "Applications",
        "/api/admin/applications?status=pending&limit=1",
        "/staff/applications?status=pending",
        "application.read",
    ),
    (
        "Planned deletions",
        "/api/admin/deletions?status=scheduled&limit=1",
        "/staff/deletions?status=scheduled",
        "deletion.read",
    ),
    (
        "Failed exports",
        "/api/admin/export-jobs?status=failed&limit=1",
        "/staff/exports?status=failed",
        "export.read",
    ),
];
/// Numbers of the week: label, path in the summary.
const NUMBERS: [(&str, &str); 5] = [
    ("New users", "newUsers"),
    ("Active users", "activeUsers"),
    ("Sign-ins", "logins"),
    ("Failed sign-ins", "failedLogins"),
    ("Reports", "reports"),
];

/// Shows the first page.
///
/// # Errors
/// Never: what the API refuses is left out.
pub async fn show(visit: &Visit) -> PageResult {
    let shown: Vec<_> =
        WAITING.iter().filter(|(_, _, _, permission)| visit.person.may(permission)).collect();
    let waiting =
        futures_util::future::join_all(shown.iter().map(|(_, route, _, _)| visit.api.get(route)));
    let analytics = async {
        if !visit.person.may("insight.read") {
            return Value::Null;
        }
        visit.api.get("/api/admin/analytics?period=day").await.unwrap_or_default()
    };
    let (waiting, analytics) = tokio::join!(waiting, analytics);
    let series = at(&analytics, "series").as_array().cloned().unwrap_or_default();
    let points = |name: &str| -> Vec<(String, i64)> {
        let point =
            |day: &Value| (plain(at(day, "date")), at(day, name).as_i64().unwrap_or_default());
        series.iter().map(point).collect()
    };
    let number = |value: i64| values::grouped(value);
    let body = html! {
        h1 { (say("Hello,")) " " (values::text(visit.person.name())) }
        @if !visit.person.is_staff() {
            p { (say("Your account has no staff role.")) " " a href="/account" { (say("Go to your account")) } "." }
        }
        @if !shown.is_empty() {
            h2 { (say("Waiting for you")) }
            dl .tiles {
                @for ((label, _, link, _), answer) in shown.iter().zip(&waiting) {
                    div {
                        dt { a href=(link) { (say(label)) } }
                        dd {
                            @match answer {
                                Ok(answer) => (number(at(answer, "pagination.total").as_i64().unwrap_or_default())),
                                Err(_) => span .none { "—" },
                            }
                        }
                    }
                }
            }
        }
        @if analytics.is_object() {
            h2 { (say("This period")) }
            dl .tiles {
                @for (label, name) in NUMBERS {
                    @let figure = at(&analytics, &format!("summary.{name}")).clone();
                    div {
                        dt { (say(label)) }
                        dd {
                            (number(at(&figure, "current").as_i64().unwrap_or_default()))
                            @if let Some(change) = at(&figure, "changePercent").as_f64() {
                                span .quiet { " " (if change > 0.0 { "+" } else { "" }) (change) " %" }
                            }
                        }
                    }
                }
            }
            (charts::bars("New users by day", &points("newUsers"), number))
            (charts::bars("Active users by day", &points("activeUsers"), number))
        }
    };
    page("Home", body)
}
