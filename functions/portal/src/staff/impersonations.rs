//! `/staff/impersonations`: members of staff who act as users.

use crate::model::{Action, Field, Filter, FilterKind, Input, Link, List};

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

/// Ending one.
pub const ACTIONS: &[Action] = &[Action {
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
}];
