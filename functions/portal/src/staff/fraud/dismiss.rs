//! `/staff/fraud/dismiss-many`: dismissing all alerts of a kind: choose, look at the plan, confirm.

use crate::ui::texts::{say, say_with};
use http::Method;
use maud::{Markup, html};
use serde_json::{Map, Value, json};

use super::LISTS;
use crate::{
    client::{CallError, Refusal},
    model::{
        Input, Kind,
        field::{at, plain},
        input,
    },
    ui::{forms, picks::Offered, tables, values},
    web::{
        answer::{Answer, Content, PageResult, Stop, page},
        session::IDEMPOTENCY_KEY,
        visit::Visit,
    },
};

const ROUTE: &str = "/api/admin/fraud-alerts/dismiss";
/// The filters.
pub const FILTERS: &[Input] = &[
    Input::new(
        "rule",
        "Rule",
        Kind::Choice(&[
            ("disposable_email", "Disposable email address"),
            ("shared_address", "Shared IP address"),
            ("shared_device", "Shared device"),
            ("guessed_password", "Guessed password"),
            ("country_mismatch", "Country differs from billing"),
            ("impossible_travel", "Impossible travel"),
            ("near_duplicate", "Near duplicate"),
            ("banned_namesake", "Name of a banned account"),
            ("age_out_of_range", "Implausible date of birth"),
            ("key_burst", "Many API keys at once"),
        ]),
    ),
    Input::new(
        "status",
        "State",
        Kind::Choice(&[
            ("open", "Open"),
            ("investigating", "Investigating"),
            ("escalated", "Escalated"),
        ]),
    ),
    Input::new("maxScore", "Score at most", Kind::Number),
    Input::new("createdAfter", "Raised after", Kind::Time),
    Input::new("createdBefore", "Raised before", Kind::Time),
];

/// Asks which alerts.
///
/// # Errors
/// Never.
pub async fn show(visit: &Visit) -> PageResult {
    page("Dismiss all alerts of a kind", choose(visit, None))
}

/// Plans it, and shows which alerts would be dismissed.
///
/// # Errors
/// That the API did not respond; what it refuses is explained above the form.
pub async fn plan(visit: &Visit) -> PageResult {
    let filter = input::body(FILTERS, &visit.form, &visit.zone, None);
    let filter: Map<String, Value> = filter.as_object().cloned().unwrap_or_default();
    let body = json!({ "filter": filter, "dryRun": true, "reason": visit.form.text("reason") });
    match visit.send(Method::POST, ROUTE, Some(&body), &[]).await {
        Ok(received) => page("Look at the plan", planned(visit, &received.body)),
        Err(CallError::Refused(refusal)) => {
            let content =
                Content::new("Dismiss all alerts of a kind", choose(visit, Some(&refusal)));
            Ok(Answer::Page(content.with_status(refusal.status)))
        }
        Err(CallError::Failed) => Err(Stop::Failed),
    }
}

/// Carries out a plan.
///
/// # Errors
/// What the API refused, such as a plan whose filter selects other alerts by now.
pub async fn start(visit: &Visit) -> PageResult {
    let body = json!({ "planId": visit.form.text("planId"), "reason": visit.form.text("reason") });
    let key = visit.form.text(forms::KEY).to_owned();
    visit.send(Method::POST, ROUTE, Some(&body), &[(IDEMPOTENCY_KEY, key.as_str())]).await?;
    Ok(Answer::SeeOther("/staff/fraud?done=alerts-dismissed".to_owned()))
}

fn choose(visit: &Visit, refused: Option<&Refusal>) -> Markup {
    let reason = [Input::reason()];
    html! {
        p .crumb { a href="/staff/fraud" { (say("Fraud alerts")) } }
        h1 { (say("Dismiss all alerts of a kind")) }
        (forms::problem(refused))
        form .action method="post" action="/staff/fraud/dismiss-many" data-once="" {
            (forms::hidden(visit))
            (forms::fields(visit, FILTERS, None, refused, &Offered::new()))
            (forms::fields(visit, &reason, None, refused, &Offered::new()))
            div .buttons {
                button type="submit" { (say("Count")) }
                a .button.plain href="/staff/fraud" { (say("Cancel")) }
            }
        }
        p .quiet { (say("Nothing changes yet: the next page shows which alerts it would be, at most 200 at a time.")) }
    }
}

fn planned(visit: &Visit, plan: &Value) -> Markup {
    let count = at(plan, "count").as_i64().unwrap_or_default();
    let list = |path: &str| at(plan, path).as_array().cloned().unwrap_or_default();
    let (sample, blocked) = (list("sample"), list("blocked"));
    let columns = LISTS.first().map(|list| list.columns).unwrap_or_default();
    html! {
        p .crumb { a href="/staff/fraud" { (say("Fraud alerts")) } }
        h1 { (values::say_count(count, "{} alert would be dismissed", "{} alerts would be dismissed")) }
        @if !blocked.is_empty() {
            h2 { (say_with("{} are left out", &[&blocked.len().to_string()])) }
            ul { @for alert in &blocked { li { code { (plain(at(alert, "id"))) } ": " (plain(at(alert, "why"))) } } }
        }
        @if !sample.is_empty() {
            h2 { (say("The first of them")) }
            (tables::table(visit, columns, &sample, &[]))
        }
        @if at(plan, "count") == 0 {
            p .empty { (say("There is nothing to dismiss.")) }
        } @else {
            form .action method="post" action="/staff/fraud/dismiss-many/start" data-once="" {
                input type="hidden" name=(forms::TOKEN) value=(visit.session.form_token());
                input type="hidden" name=(forms::KEY) value=(plain(at(plan, "planId")));
                input type="hidden" name="planId" value=(plain(at(plan, "planId")));
                input type="hidden" name="reason" value=(visit.form.text("reason"));
                div .buttons {
                    button .danger type="submit" { (values::say_count(count, "Dismiss {} alert", "Dismiss {} alerts")) }
                    a .button.plain href="/staff/fraud" { (say("Cancel")) }
                }
            }
        }
    }
}
