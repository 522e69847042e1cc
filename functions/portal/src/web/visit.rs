//! One request of a signed-in person to a page.

use http::{HeaderName, Method};
use provost_app::App;
use provost_domain::Timestamp;
use serde_json::Value;

use super::{
    fields::Fields,
    session::{Cookies, Session},
};
use crate::{
    client::{CallError, Client, Received},
    ui::language::Language,
};

/// A request to a page.
#[derive(Debug)]
pub struct Visit {
    /// The application, for its clock and its keys.
    pub app: App,
    /// Calls the API with the person's token.
    pub api: Client,
    /// The session.
    pub session: Session,
    /// The person, as `GET /api/users/me` returns them.
    pub person: Person,
    /// The path of the page.
    pub path: String,
    /// Values of the variables in the path.
    pub params: Vec<(&'static str, String)>,
    /// The query.
    pub query: Fields,
    /// The sentence about the action that led to this page.
    pub done: Option<&'static str>,
    /// The fields of the form that was sent.
    pub form: Fields,
    /// The time zone of the browser.
    pub zone: jiff::tz::TimeZone,
    /// The names and attributes of cookies.
    pub cookies: Cookies,
    /// Tokens of a session that a page began, which replaces the one of the request.
    pub replaced: std::sync::Mutex<Option<Session>>,
    /// Cookies that a page sets, as values of `Set-Cookie`.
    pub set_cookies: std::sync::Mutex<Vec<String>>,
}

/// The person who uses the portal.
#[derive(Debug, Clone, Default)]
pub struct Person {
    answer: Value,
    only_looks: bool,
    is_action: Option<fn(&str) -> bool>,
}

impl Person {
    /// The person in the response of `GET /api/users/me`. `is_action` tells the forms of actions from
    /// other pages.
    pub const fn new(answer: Value, is_action: fn(&str) -> bool) -> Self {
        Self { answer, only_looks: false, is_action: Some(is_action) }
    }

    /// The same person, whose pages are only looked at.
    #[must_use]
    pub fn only_looks(self, only_looks: bool) -> Self {
        Self { only_looks, ..self }
    }

    /// Whether to show links to actions.
    pub const fn acts(&self) -> bool {
        !self.only_looks
    }

    /// Whether to show a link to this page, which may be the form of an action.
    pub fn opens(&self, page: &str) -> bool {
        self.acts() || !self.is_action.is_some_and(|is_action| is_action(page))
    }

    /// Their id.
    pub fn id(&self) -> &str {
        self.text("id")
    }

    /// Their name, or their email address.
    pub fn name(&self) -> &str {
        match self.text("displayName") {
            "" => self.email(),
            name => name,
        }
    }

    /// Their email address.
    pub fn email(&self) -> &str {
        self.text("email")
    }

    /// Whether a code of an authenticator is needed to sign in.
    pub fn has_second_factor(&self) -> bool {
        self.answer["twoFactorEnabled"] == true
    }

    /// Whether they hold a permission; everybody holds the empty one. The API decides: this only
    /// says what to show.
    pub fn may(&self, permission: &str) -> bool {
        permission.is_empty()
            || self.answer["permissions"]
                .as_array()
                .is_some_and(|held| held.iter().any(|known| known == permission))
    }

    /// Whether they hold any permission, as staff do.
    pub fn is_staff(&self) -> bool {
        self.answer["permissions"].as_array().is_some_and(|held| !held.is_empty())
    }

    /// The language that they chose for pages and emails.
    pub fn language(&self) -> Option<Language> {
        Language::of_locale(self.answer["settings"]["locale"].as_str()?)
    }

    fn text(&self, name: &str) -> &str {
        self.answer[name].as_str().unwrap_or_default()
    }
}

impl Visit {
    /// The current time.
    pub fn now(&self) -> Timestamp {
        self.app.now()
    }

    /// The value of a variable in the path; `me` is the person.
    pub fn param(&self, name: &str) -> &str {
        if name == "me" {
            return self.person.id();
        }
        self.params.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value.as_str())
    }

    /// A path with its variables filled in: `/api/admin/users/{id}/ban`. A variable that the path of
    /// the page lacks is a field of its form.
    pub fn fill(&self, template: &str) -> String {
        fill(template, |name| match self.param(name) {
            "" => Some(self.form.text(name).to_owned()),
            value => Some(value.to_owned()),
        })
    }

    /// Reads a resource of the API; variables are filled in.
    ///
    /// # Errors
    /// What the API refused, or that it did not respond.
    pub async fn get(&self, template: &str) -> Result<Value, CallError> {
        self.api.get(&self.fill(template)).await
    }

    /// Sends a request to the API; variables are filled in.
    ///
    /// # Errors
    /// What the API refused, or that it did not respond.
    pub async fn send(
        &self,
        method: Method,
        template: &str,
        body: Option<&Value>,
        headers: &[(HeaderName, &str)],
    ) -> Result<Received, CallError> {
        self.api.send(method, &self.fill(template), body, headers).await
    }
}

/// Replaces `{name}` in a template by percent-encoded values. A name without a value stays empty.
pub fn fill(template: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        filled.push_str(before);
        filled.push_str(&encoded(&value(name).unwrap_or_default()));
        rest = after;
    }
    filled.push_str(rest);
    filled
}

/// A text as one segment of a path or one value of a query.
pub fn encoded(text: &str) -> String {
    const KEPT: &percent_encoding::AsciiSet =
        &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    percent_encoding::utf8_percent_encode(text, KEPT).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stays_one_segment() {
        let filled = fill("/api/users/{id}/ban", |name| {
            assert_eq!(name, "id");
            Some("../admin?a=b".to_owned())
        });
        assert_eq!(filled, "/api/users/..%2Fadmin%3Fa%3Db/ban");
    }
}
