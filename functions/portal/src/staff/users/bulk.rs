//! `/staff/users/bulk`: one change of all users that match the filters of the list: choose, look at
//! the plan, confirm. The job shows its progress and can be undone.

use crate::ui::texts::{say, say_around, say_with};
use http::Method;
use maud::{Markup, html};
use serde_json::{Map, Value, json};

use super::{NOT_FILTERS, USERS};
use crate::{
    client::{CallError, Refusal},
    model::field::{at, plain},
    ui::{forms, tables, values},
    web::{
        answer::{Answer, Content, PageResult, Stop, page},
        fields::Fields,
        session::IDEMPOTENCY_KEY,
        visit::Visit,
    },
};

/// The changes: name, label, permission.
const CHANGES: [(&str, &str, &str); 4] = [
    ("suspended", "Suspend them", "user.suspend"),
    ("active", "Make them active", "user.update"),
    ("inactive", "Make them inactive", "user.update"),
    ("delete", "Delete them after the grace period", "user.delete"),
];
/// The parameter of a chosen row.
pub const ROW: &str = "row";
/// The field with the filters, as the query of the list.
const FILTERS: &str = "filters";

/// Asks what to change.
///
/// # Errors
/// Never.
pub async fn show(visit: &Visit) -> PageResult {
    let filters = visit.query.without(&NOT_FILTERS).without_empty();
    page("Change many users", choose(visit, &filters, None))
}

/// Plans the change, and shows who would be changed.
///
/// # Errors
/// That the API did not respond; what it refuses is explained above the form.
pub async fn plan(visit: &Visit) -> PageResult {
    let filters = Fields::read(visit.form.text(FILTERS).as_bytes());
    let body = request(visit, &filters);
    let (method, path) = route(visit.form.text("change"));
    let plan = match visit.send(method, path, Some(&body), &[]).await {
        Ok(received) => received.body,
        Err(CallError::Refused(refusal)) => {
            let body = choose(visit, &filters, Some(&refusal));
            let content = Content::new("Change many users", body);
            return Ok(Answer::Page(content.with_status(refusal.status)));
        }
        Err(CallError::Failed) => return Err(Stop::Failed),
    };
    page("Look at the plan", planned(visit, &filters, &plan))
}

/// Carries out a plan.
///
/// # Errors
/// What the API refused, such as a plan whose filter selects other users by now.
pub async fn start(visit: &Visit) -> PageResult {
    let mut body = json!({ "plan_id": visit.form.text("plan_id") });
    let reason = visit.form.text("reason");
    if !reason.is_empty() {
        body["reason"] = reason.into();
    }
    let (method, path) = route(visit.form.text("change"));
    let key = visit.form.text(forms::KEY).to_owned();
    let headers = [(IDEMPOTENCY_KEY, key.as_str())];
    let headers = if method == Method::POST { &headers[..] } else { &[] };
    let job = visit.send(method, path, Some(&body), headers).await?.body;
    Ok(Answer::SeeOther(format!("/staff/jobs/{}", plain(at(&job, "id")))))
}

fn route(change: &str) -> (Method, &'static str) {
    match change {
        "delete" => (Method::DELETE, "/v1/users/bulk/delete"),
        _ => (Method::POST, "/v1/users/bulk/update"),
    }
}

/// The request for a plan: of the chosen rows, otherwise of all that match the filters.
fn request(visit: &Visit, filters: &Fields) -> Value {
    let chosen: Vec<&str> = filters.all(ROW).collect();
    let mut body = json!({ "dry_run": true });
    if chosen.is_empty() {
        let filter: Map<String, Value> =
            filters.iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        body["match_all"] = filter.is_empty().into();
        body["filter"] = filter.into();
    } else {
        body["user_ids"] = chosen.into();
    }
    let change = visit.form.text("change");
    if change != "delete" {
        body["status"] = change.into();
    }
    let reason = visit.form.text("reason").trim();
    if !reason.is_empty() {
        body["reason"] = reason.into();
    }
    body
}

fn choose(visit: &Visit, filters: &Fields, refused: Option<&Refusal>) -> Markup {
    let offered = CHANGES.iter().filter(|(_, _, permission)| visit.person.may(permission));
    html! {
        p .crumb { a href=(filters.without(&[ROW]).path("/staff/users")) { (say("Users")) } }
        h1 { (say("Change many users")) }
        @let chosen = filters.all(ROW).count();
        @if chosen > 0 {
            p { (say_around("This is about the {} users that you chose.", &[html! { strong { (chosen) } }])) }
        } @else if filters.is_empty() {
            p { strong { (say("No filter is set: this is about all users.")) } }
        } @else {
            p { (say("This is about all users with:")) }
            ul .chips {
                @for (name, value) in filters.iter() { li { (values::said(name)) ": " bdi { (value) } } }
            }
        }
        (forms::problem(refused))
        form .action method="post" action="/staff/users/bulk" data-once="" {
            (forms::hidden(visit))
            input type="hidden" name=(FILTERS) value=(filters.encoded());
            div .field {
                label for="field-change" { (say("Change")) }
                select #field-change name="change" required {
                    option value="" { (say("Choose…")) }
                    @for (name, label, _) in offered {
                        option value=(name) selected[visit.form.text("change") == *name] { (say(label)) }
                    }
                }
            }
            div .field {
                label for="field-reason" { (say("Reason")) }
                p .hint { (say("Kept in the audit log of every user.")) }
                textarea #field-reason name="reason" rows="4" required { (visit.form.text("reason")) }
            }
            div .buttons {
                button type="submit" { (say("Count")) }
                a .button.plain href=(filters.without(&[ROW]).path("/staff/users")) { (say("Cancel")) }
            }
        }
        p .quiet { (say("Nothing changes yet: the next page shows whom it would be.")) }
    }
}

fn planned(visit: &Visit, filters: &Fields, plan: &Value) -> Markup {
    let count = at(plan, "count").as_i64().unwrap_or_default();
    let list = |path: &str| at(plan, path).as_array().cloned().unwrap_or_default();
    let (sample, blocked) = (list("sample"), list("blocked"));
    html! {
        p .crumb { a href=(filters.without(&[ROW]).path("/staff/users")) { (say("Users")) } }
        h1 { (values::say_count(count, "{} user would be changed", "{} users would be changed")) }
        @if !blocked.is_empty() {
            h2 { (say_with("{} are left out", &[&values::grouped(i64::try_from(blocked.len()).unwrap_or(i64::MAX))])) }
            ul {
                @for user in blocked.iter().take(20) {
                    li {
                        a href=(format!("/staff/users/{}", crate::web::visit::encoded(&plain(at(user, "user_id"))))) { code { (plain(at(user, "user_id"))) } }
                        ": " (plain(at(user, "detail")))
                    }
                }
            }
        }
        @if !sample.is_empty() {
            h2 { (say("The first of them")) }
            (tables::table(visit, USERS.columns, &sample, &[]))
        }
        @if at(plan, "requires_approval").as_bool() == Some(true) {
            p .notice { (say("A second person must approve this before anybody is changed.")) }
        }
        @if count > 0 {
            form .action method="post" action="/staff/users/bulk/start" data-once="" {
                input type="hidden" name=(forms::TOKEN) value=(visit.session.form_token());
                input type="hidden" name=(forms::KEY) value=(plain(at(plan, "plan_id")));
                input type="hidden" name="plan_id" value=(plain(at(plan, "plan_id")));
                @for name in ["change", "reason"] { input type="hidden" name=(name) value=(visit.form.text(name)); }
                div .buttons {
                    button .danger type="submit" { (values::say_count(count, "Change {} user", "Change {} users")) }
                    a .button.plain href=(filters.without(&[ROW]).path("/staff/users")) { (say("Cancel")) }
                }
            }
        } @else {
            p .empty { (say("There is nobody to change.")) }
        }
        p .quiet { (say_around("The job can be undone for a day. The plan is valid until {}.", &[values::time(&plain(at(plan, "expires_at")), &visit.zone)])) }
    }
}

/// The selection as a file.
///
/// # Errors
/// What the API refused, or that it did not respond.
pub async fn export(visit: &Visit) -> PageResult {
    let filters = visit.query.without(&["page", "limit", "cursor", "done"]).without_empty();
    let address = filters.with("format", "csv").path("/v1/users/bulk/export");
    let received = visit.api.send(Method::GET, &address, None, &[]).await?;
    if received.body.is_object() {
        // Too many for one answer: an archive is made, whose key is shown once.
        let body = html! {
            h1 { (say("The file is being made")) }
            p {
                (say("These are many users, so they are written into an encrypted archive."))
                " " a href="/account/exports" { (say("It will be among your exports.")) }
            }
            dl .values.once {
                div { dt { (say("Secret key, which opens the archive")) } dd { span .copyable { code { (plain(at(&received.body, "identity"))) } } } }
            }
            p { (say("Keep what is shown here: it cannot be shown again.")) }
        };
        return page("The file is being made", body);
    }
    Ok(Answer::File {
        content_type: "text/csv; charset=utf-8",
        name: "users.csv".to_owned(),
        bytes: received.bytes,
    })
}

/// Links from the list to what can be done with all users that it shows.
pub fn links(visit: &Visit, total: i64) -> Markup {
    let filters = visit.query.without(&NOT_FILTERS).without_empty();
    let selection = visit.query.without(&["page", "limit", "cursor", "done"]).without_empty();
    html! {
        div .actions {
            @if visit.person.may("user.export") {
                a .button href=(selection.path("/staff/users/export")) download="users.csv" { (say("Save as CSV")) }
            }
            @if visit.person.may("user.update") {
                a .button href=(filters.path("/staff/users/bulk")) { (say_with("Change all {} that match", &[&values::grouped(total)])) }
            }
            @if !filters.is_empty() {
                a .button href=(Fields::default().with("query", &selection.encoded()).path("/staff/views/new")) { (say("Save this view")) }
            }
            @if visit.person.may("user.create") && visit.person.acts() {
                a .button href="/staff/users/new" { (say("Create a user")) }
                a .button href="/staff/users/import" { (say("Import users")) }
            }
            a .button href="/staff/views" { (say("Saved views")) }
        }
    }
}
