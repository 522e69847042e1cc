//! `/staff/impersonations`: members of staff who act as users.

use super::users;
use crate::{
    model::{Action, Field, Filter, FilterKind, Input, Kind, Link, List},
    views::action::{self, Sent},
    web::{
        acting,
        answer::{Answer, PageResult},
        visit::Visit,
    },
};

/// The impersonations.
pub const LISTS: &[List] = &[List {
    path: "/staff/impersonations",
    title: "Impersonations",
    about: "Start one on the page of a user. It ends by itself.",
    api: "/v1/impersonations",
    permission: "user.impersonate",
    filters: &[Filter::new("state", "State", FilterKind::Choice(&["live", "ended"]))],
    columns: &[
        Field::badge("State", "state"),
        Field::user("Staff", "actor", "/staff/users/{actor}"),
        Field::user("As", "user_id", "/staff/users/{user_id}"),
        Field::text("Mode", "view_mode"),
        Field::text("Reason", "reason"),
        Field::time("Started", "started_at"),
        Field::time("Ends", "expires_at"),
    ],
    row_actions: &[Link::new("End", "/staff/impersonations/{id}/end", "user.impersonate")
        .when("state", &["live"])],
    empty: "Nobody acts as a user.",
    ..List::BLANK
}];

/// Starting one. The token stays in a cookie that no script reads.
const START: Action = Action {
    path: "/staff/users/{id}/impersonate",
    title: "Act as this user",
    about: "You see what the user sees, for a limited time. Every request is in the audit log with both names, and the user can see that you did.",
    button: "Start",
    api: "/v1/auth/impersonate/{id}",
    permission: "user.impersonate",
    header: Some(&users::HEADER),
    inputs: &[
        Input::new(
            "view_mode",
            "Mode",
            Kind::Choice(&[("impersonation", "Only look"), ("masquerade", "Look and act")]),
        )
        .required(),
        Input::new("duration_s", "Seconds", Kind::Number)
            .hint("Default: 1,800 to look, 900 to act."),
        Input::new("ticket", "Ticket", Kind::Text),
        Input::reason(),
    ],
    then: "/account",
    done: "You act as this user.",
    needs_recent_sign_in: true,
    ..Action::BLANK
};

/// Starting and ending one.
pub const ACTIONS: &[Action] = &[
    START,
    Action {
        path: "/staff/impersonations/{id}/end",
        title: "End this impersonation",
        about: "Its token stops working at the next request.",
        button: "End it",
        method: "DELETE",
        api: "/v1/impersonations/{id}",
        permission: "user.impersonate",
        inputs: &[Input::reason()],
        then: "/staff/impersonations",
        done: "The impersonation has ended.",
        ..Action::BLANK
    },
];

/// Starts an impersonation in this browser.
///
/// # Errors
/// That the API did not respond; what it refuses is explained above the form.
pub async fn start(visit: &Visit) -> PageResult {
    let started = match action::request(visit, &START).await? {
        Sent::Done(received) => received.body,
        Sent::Refused(page) => return Ok(page),
    };
    let line = {
        let replaced = visit.replaced.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let session = replaced.as_ref().unwrap_or(&visit.session);
        acting::store(visit.cookies, session, &started, visit.now())
    };
    visit.set_cookies.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(line);
    Ok(Answer::SeeOther(START.then.to_owned()))
}
