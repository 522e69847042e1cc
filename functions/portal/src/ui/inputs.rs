//! Names and ids of the fields of forms, and the notes below a field.

use maud::{Markup, html};

use super::texts::say;

/// Fields of the portal itself, which are not part of a request's body.
pub const TOKEN: &str = "_token";
/// The idempotency key of a form.
pub const KEY: &str = "_key";
/// The version that a form was filled from.
pub const VERSION: &str = "_version";
/// The person's password, for a dangerous action.
pub const PASSWORD: &str = "_password";
/// The button that asks what an action would do.
pub const PREVIEW: &str = "_preview";
/// A code of the person's authenticator, for a dangerous action.
pub const CODE: &str = "_code";

/// The HTML id of a field.
pub fn id(name: &str) -> String {
    format!("field-{}", name.replace('.', "-"))
}

/// The hint and the error of a field.
pub(super) fn notes(id: &str, hint: &str, error: Option<&str>) -> Markup {
    html! {
        @if !hint.is_empty() { p .hint id={ (id) "-hint" } { (say(hint)) } }
        @if let Some(error) = error { p .error id={ (id) "-error" } { (error) } }
    }
}
