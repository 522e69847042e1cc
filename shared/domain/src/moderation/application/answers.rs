//! The answers of an application: what each type asks, and what a valid answer is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ApplicationType;
use crate::{ApiError, Permission, text};

/// Maximum number of links to social networks in one application.
const MAX_LINKS: usize = 10;
/// Maximum length of a URL, in characters.
const MAX_URL: usize = 300;

/// The answers of an application, by the name of the question.
pub type Answers = BTreeMap<String, Answer>;

/// An answer: a text, or a list of URLs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum Answer {
    /// A text.
    Text(String),
    /// Several URLs.
    Links(Vec<String>),
    /// An answer of a form that only a later release knows.
    #[schemars(skip)]
    Unknown(serde_json::Value),
}

/// What a question expects.
#[derive(Debug, Clone, Copy)]
enum Expected {
    /// A text with a length in characters.
    Text(usize, usize),
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A URL.
    Url,
    /// A list of URLs.
    Urls,
}

/// A question of an application.
#[derive(Debug, Clone, Copy)]
struct Question {
    name: &'static str,
    required: bool,
    expected: Expected,
}

const fn required(name: &'static str, expected: Expected) -> Question {
    Question { name, required: true, expected }
}

const fn optional(name: &'static str, expected: Expected) -> Question {
    Question { name, required: false, expected }
}

impl ApplicationType {
    const fn questions(self) -> &'static [Question] {
        match self {
            Self::Staff => {
                const {
                    &[
                        required("why", Expected::Text(200, 2000)),
                        required("experience", Expected::Text(100, 2000)),
                        required("availability", Expected::Text(1, 500)),
                        required(
                            "role",
                            Expected::OneOf(&[
                                "moderator",
                                "developer",
                                "designer",
                                "support",
                                "other",
                            ]),
                        ),
                    ]
                }
            }
            Self::Partner => {
                const {
                    &[
                        required("website", Expected::Url),
                        required("description", Expected::Text(100, 2000)),
                        required("audience", Expected::Text(1, 1000)),
                        required("collaboration", Expected::Text(50, 1000)),
                    ]
                }
            }
            Self::Verification => {
                const {
                    &[
                        required("reason", Expected::Text(50, 500)),
                        optional("socialLinks", Expected::Urls),
                    ]
                }
            }
            Self::BanAppeal => {
                const {
                    &[
                        required("reason", Expected::Text(50, 2000)),
                        optional("evidence", Expected::Text(1, 2000)),
                    ]
                }
            }
            Self::Unknown(_) => &[],
        }
    }

    /// Checks the answers for an application of this type, and returns them as they are stored.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` with every answer that is missing, unknown or invalid.
    pub fn check_answers(self, given: &Answers) -> Result<Answers, ApiError> {
        let (mut fields, mut checked) = (Vec::new(), Answers::new());
        let mut refuse = |error: ApiError| fields.extend::<Vec<_>>(error.fields);
        let questions = self.questions();
        for name in given.keys() {
            if !questions.iter().any(|question| question.name == name) {
                let known: Vec<_> = questions.iter().map(|question| question.name).collect();
                refuse(ApiError::field(
                    format!("answers.{name}"),
                    "unknown",
                    format!(
                        "This application has no such question. Its questions are: {}.",
                        known.join(", ")
                    ),
                ));
            }
        }
        for question in questions {
            let field = format!("answers.{}", question.name);
            match given.get(question.name) {
                None if question.required => {
                    refuse(ApiError::field(field, "required", "This answer is required."))
                }
                None => {}
                Some(answer) => match question.expected.check(&field, answer) {
                    Ok(answer) => drop(checked.insert(question.name.to_owned(), answer)),
                    Err(error) => refuse(error),
                },
            }
        }
        if fields.is_empty() {
            return Ok(checked);
        }
        Err(ApiError { fields, ..ApiError::field("answers", "invalid", "") })
    }

    /// The permission that an approval needs besides that to decide applications.
    pub const fn permission(self) -> Option<Permission> {
        match self {
            Self::Verification => Some(Permission::UserVerify),
            Self::BanAppeal => Some(Permission::UserSuspend),
            Self::Staff | Self::Partner | Self::Unknown(_) => None,
        }
    }
}

impl Expected {
    fn check(self, field: &str, answer: &Answer) -> Result<Answer, ApiError> {
        let invalid = |message: String| ApiError::field(field, "invalid", message);
        match (self, answer) {
            (Self::Text(least, most), Answer::Text(given)) => {
                let given = text::note(field, given, most)?;
                if given.chars().count() < least {
                    return Err(ApiError::field(
                        field,
                        "too_short",
                        format!("This answer is too short. Write {least} to {most} characters."),
                    ));
                }
                Ok(Answer::Text(given))
            }
            (Self::OneOf(words), Answer::Text(given)) => {
                let given = given.trim().to_lowercase();
                if words.contains(&given.as_str()) {
                    return Ok(Answer::Text(given));
                }
                let mut error = ApiError::field(
                    field,
                    "unknown",
                    format!("Choose one of: {}.", words.join(", ")),
                );
                for field in &mut error.fields {
                    field.allowed = words.iter().map(|word| (*word).to_owned()).collect();
                }
                Err(error)
            }
            (Self::Url, Answer::Text(given)) => check_url(field, given).map(Answer::Text),
            (Self::Urls, Answer::Links(given)) if given.len() <= MAX_LINKS => given
                .iter()
                .map(|url| check_url(field, url))
                .collect::<Result<_, _>>()
                .map(Answer::Links),
            (Self::Urls, _) => Err(invalid(format!("Send a list of at most {MAX_LINKS} URLs."))),
            (_, Answer::Links(_) | Answer::Unknown(_)) => Err(invalid("Send a text.".to_owned())),
        }
    }
}

/// Checks a URL that staff may open: `https` or `http`, with a host, in ASCII.
///
/// # Errors
/// `VALIDATION_FAILED`.
pub fn check_url(field: &str, given: &str) -> Result<String, ApiError> {
    let given = given.trim();
    let host = ["https://", "http://"].iter().find_map(|scheme| given.strip_prefix(scheme));
    let valid = given.len() <= MAX_URL
        && given.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"'<>\\`{}|^".contains(&byte))
        && host.is_some_and(|rest| {
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            host.len() > 3 && host.contains('.') && !host.contains('@')
        });
    if valid {
        return Ok(given.to_owned());
    }
    Err(ApiError::field(
        field,
        "invalid",
        format!(
            "This is not a valid URL. Send a complete URL of at most {MAX_URL} characters, such as https://example.org/page."
        ),
    ))
}
