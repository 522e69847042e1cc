//! A page with a form that sends one request.

use super::{Field, Header, Input};

/// An action.
#[derive(Debug, Clone, Copy)]
pub struct Action {
    /// The path of the page.
    pub path: &'static str,
    /// The title, a sentence in the imperative: `Ban this user`.
    pub title: &'static str,
    /// What the action does, and whether it can be undone.
    pub about: &'static str,
    /// The label of the button.
    pub button: &'static str,
    /// The method of the route.
    pub method: &'static str,
    /// The route.
    pub api: &'static str,
    /// The permission that the route needs.
    pub permission: &'static str,
    /// The subject of the action.
    pub header: Option<&'static Header>,
    /// The fields of the form.
    pub inputs: &'static [Input],
    /// A route that returns the current values, for a form that changes them.
    pub current: Option<&'static str>,
    /// The page afterwards; values of the answer in braces, after those of the path.
    pub then: &'static str,
    /// What was done, as a sentence.
    pub done: &'static str,
    /// Whether it removes something or cannot be undone.
    pub dangerous: bool,
    /// Whether the password is needed if it was entered more than ten minutes ago.
    pub needs_recent_sign_in: bool,
    /// The field whose file is the body, instead of JSON.
    pub file: Option<&'static str>,
    /// The field of the body that asks the route what it would do, and the values of its answer that
    /// show it.
    pub preview: Option<(&'static str, &'static [Field])>,
    /// Values of the answer that are only shown once: the answer is shown instead of another page.
    pub shown_once: &'static [Field],
}

impl Action {
    /// An action without fields.
    pub const BLANK: Self = Self {
        path: "",
        title: "",
        about: "",
        button: "",
        method: "POST",
        api: "",
        permission: "",
        header: None,
        inputs: &[],
        current: None,
        then: "",
        done: "",
        dangerous: false,
        needs_recent_sign_in: false,
        file: None,
        preview: None,
        shown_once: &[],
    };

    /// The fields that are part of the body; a field can also be a variable of the route's path.
    pub fn body_inputs(&self) -> impl Iterator<Item = &'static Input> + use<> {
        let api = self.api;
        self.inputs.iter().filter(move |input| !api.contains(&format!("{{{}}}", input.name)))
    }
}
