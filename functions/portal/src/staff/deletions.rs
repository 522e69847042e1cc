//! `/staff/deletions`: requests to delete accounts.

use crate::ui::texts::{say, say_around};
use maud::html;

use crate::{
    model::{
        Action, Detail, Field, Filter, FilterKind, Input, Link, List, Section,
        field::{at, plain},
    },
    ui::values,
    web::{
        answer::{PageResult, page},
        visit::Visit,
    },
};

const STATES: &[&str] = &["scheduled", "held", "blocked", "executing", "erased", "cancelled"];

/// The list.
pub const LISTS: &[List] = &[List {
    path: "/staff/deletions",
    title: "Deletions",
    about: "An account is erased when its grace period ends, unless the request is cancelled or held.",
    api: "/api/admin/deletions",
    permission: "deletion.read",
    filters: &[
        Filter::new("status", "State", FilterKind::Choice(STATES)),
        Filter::new("userId", "User id", FilterKind::Text),
        Filter::new("from", "Requested from", FilterKind::Date),
        Filter::new("to", "Requested until", FilterKind::Date),
    ],
    columns: &[
        Field::code("Request", "id").link("/staff/deletions/{id}"),
        Field::badge("State", "status"),
        Field::user("User", "userId", "/staff/users/{userId}"),
        Field::time("Requested", "requestedAt"),
        Field::time("Due", "dueAt"),
        Field::code("By", "requestedBy"),
    ],
    empty: "Nobody has asked to delete an account.",
    ..List::BLANK
}];

/// A request.
pub const DETAILS: &[Detail] = &[Detail {
    path: "/staff/deletions/{id}",
    title: "Deletion request",
    parent: ("Deletions", "/staff/deletions"),
    api: "/api/admin/deletions/{id}",
    permission: "deletion.read",
    sections: &[Section {
        title: "Request",
        fields: &[
            Field::badge("State", "status"),
            Field::user("User", "userId", "/staff/users/{userId}"),
            Field::time("Requested", "requestedAt"),
            Field::code("By", "requestedBy"),
            Field::text("Reason", "reason"),
            Field::time("Due", "dueAt"),
            Field::flag("Without a grace period", "purge"),
            Field::time("Hold since", "hold.at"),
            Field::text("Reason of the hold", "hold.reason"),
            Field::time("Ended", "endedAt"),
        ],
    }],
    actions: &[
        Link::new("Cancel", "/staff/deletions/{id}/cancel", "deletion.cancel")
            .when("status", &["scheduled", "held", "blocked"]),
        Link::new("Hold", "/staff/deletions/{id}/hold", "deletion.hold")
            .when("status", &["scheduled"]),
        Link::new("Release", "/staff/deletions/{id}/release", "deletion.hold")
            .when("status", &["held"]),
        Link::new("Erase now", "/staff/deletions/{id}/expedite", "deletion.expedite")
            .when("status", &["scheduled"])
            .dangerous(),
        Link::new("Receipt", "/staff/deletions/{id}/receipt", "deletion.read")
            .when("status", &["erased"]),
    ],
    live: Some(("status", &["executing"])),
    ..Detail::BLANK
}];

const ONE: Action = Action { then: "/staff/deletions/{id}", ..Action::BLANK };

/// What staff can do with a request.
pub const ACTIONS: &[Action] = &[
    Action {
        path: "/staff/deletions/{id}/cancel",
        title: "Cancel this deletion",
        about: "The account stays, and its user can sign in again.",
        button: "Cancel the deletion",
        api: "/api/admin/deletions/{id}/cancel",
        permission: "deletion.cancel",
        inputs: &[Input::reason()],
        done: "The deletion is cancelled.",
        ..ONE
    },
    Action {
        path: "/staff/deletions/{id}/hold",
        title: "Hold this deletion",
        about: "Nothing is erased while the hold is in place.",
        button: "Place the hold",
        api: "/api/admin/deletions/{id}/hold",
        permission: "deletion.hold",
        inputs: &[Input::reason()],
        done: "The deletion is on hold.",
        ..ONE
    },
    Action {
        path: "/staff/deletions/{id}/release",
        title: "Release the hold",
        about: "The deletion goes on at its time.",
        button: "Release the hold",
        method: "DELETE",
        api: "/api/admin/deletions/{id}/hold",
        permission: "deletion.hold",
        inputs: &[Input::reason()],
        done: "The hold is released.",
        ..ONE
    },
    Action {
        path: "/staff/deletions/{id}/expedite",
        title: "Erase this account now",
        about: "The grace period ends now. All data of the user is erased. This cannot be undone.",
        button: "Erase now",
        api: "/api/admin/deletions/{id}/expedite",
        permission: "deletion.expedite",
        inputs: &[Input::reason()],
        done: "The erasure has begun.",
        dangerous: true,
        needs_recent_sign_in: true,
        ..ONE
    },
];

/// The receipt of an erasure.
///
/// # Errors
/// What the API refused, or that it did not respond.
pub async fn receipt(visit: &Visit) -> PageResult {
    let receipt = visit.get("/api/admin/deletions/{id}/receipt").await?;
    let decoded = at(&receipt, "decoded");
    let counts = at(decoded, "counts").as_object().cloned().unwrap_or_default();
    let fields = [
        Field::code("Request", "deletionId"),
        Field::code("Pseudonym of the user", "pseudonym"),
        Field::text("Asked for by", "authority"),
        Field::time("Requested", "requestedAt"),
        Field::time("Erased", "erasedAt"),
        Field::time("Gone from backups", "backupsClearAt"),
    ];
    let body = html! {
        p .crumb { a href=(visit.fill("/staff/deletions/{id}")) { (say("Deletion request")) } }
        h1 { (say("Receipt of an erasure")) }
        p .about { (say("It proves what was erased, without naming the user.")) }
        dl .values { @for field in &fields { div { dt { (say(field.label)) } dd { (values::value(visit, decoded, field)) } } } }
        h2 { (say("What was erased")) }
        div .scroll { table {
            thead { tr { th scope="col" { (say("Kind")) } th scope="col" .number { (say("Number")) } } }
            tbody { @for (kind, number) in &counts {
                tr { td data-label=(say("Kind")) { (values::said(kind)) } td .number data-label=(say("Number")) { (values::grouped(number.as_i64().unwrap_or_default())) } }
            } }
        } }
        h2 { (say("Signed receipt")) }
        pre .copyable tabindex="0" { code { (plain(at(&receipt, "receipt"))) } }
        p {
            (say_around(
                "Verify it without this server: save it as {} and the public key below as {}, then check the signature (EdDSA, RFC 8037) with any JOSE library.",
                &[html! { code { "receipt.jws" } }, html! { code { "key.json" } }],
            ))
        }
        pre .copyable tabindex="0" { code { (serde_json::to_string_pretty(at(&receipt, "publicKey")).unwrap_or_default()) } }
    };
    page("Receipt of an erasure", body)
}
