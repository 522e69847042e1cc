//! Deletions over HTTP: permitted actions per state and caller, cancellation, and the final
//! receipt.

#![allow(
    clippy::disallowed_methods,
    reason = "the search for what is left looks into every table, which no function may"
)]

#[path = "api/access.rs"]
mod access;
#[path = "api/by_link.rs"]
mod by_link;
#[path = "api/by_the_person.rs"]
mod by_the_person;
#[path = "api/lists.rs"]
mod lists;
#[path = "api/purge.rs"]
mod purge;
#[path = "api/stage.rs"]
mod stage;
#[path = "api/states.rs"]
mod states;
