//! Who is asked for the TXT records of other people's domains: the machine's name servers on AWS, a
//! file on the local stack, a script in tests.
//!
//! The client that speaks DNS belongs to the one function that asks, so that no other function
//! links it.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use crate::Settings;

/// Where answers come from.
#[derive(Debug, Clone)]
pub enum Resolver {
    /// The name servers that the machine is configured with.
    System,
    /// A file with a name and a text on each line, read at each question. Nothing leaves the
    /// machine.
    File(PathBuf),
    /// Answers that a test has given.
    Scripted(ScriptedResolver),
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LookupError {
    /// No name server answered in time.
    #[error("no name server answered in time")]
    Timeout,
    /// The name server could not find out.
    #[error("the name server answered {0}")]
    Failed(String),
    /// The answer cannot be used.
    #[error("the answer is not a DNS message for this question")]
    Malformed,
    /// The machine has no name server.
    #[error("no name server is configured")]
    NotConfigured,
}

/// The strings of each TXT record of a name, joined; none when there is no such name.
pub type Texts = Result<Vec<Vec<u8>>, LookupError>;

impl Resolver {
    pub(crate) fn from_settings(settings: &Settings) -> Self {
        match settings.get("DNS_TXT_FILE").filter(|path| !path.is_empty()) {
            Some(path) => Self::File(PathBuf::from(path)),
            None => Self::System,
        }
    }

    /// The answer from a file or a script; nothing when the machine's name servers are to be asked.
    pub fn given(&self, name: &str) -> Option<Texts> {
        match self {
            Self::System => None,
            Self::File(path) => {
                let lines = std::fs::read_to_string(path).unwrap_or_default();
                let texts =
                    lines.lines().filter_map(|line| line.trim().split_once(char::is_whitespace));
                let of_name = texts
                    .filter(|(owner, _)| owner.trim_end_matches('.').eq_ignore_ascii_case(name));
                Some(Ok(of_name
                    .map(|(_, text)| text.trim().trim_matches('"').as_bytes().to_vec())
                    .collect()))
            }
            Self::Scripted(script) => Some(script.answer(name)),
        }
    }
}

/// Answers by name. A name without one has no records.
#[derive(Debug, Clone, Default)]
pub struct ScriptedResolver(Arc<Mutex<Script>>);

#[derive(Debug, Default)]
struct Script {
    answers: BTreeMap<String, Texts>,
    asked: Vec<String>,
}

impl ScriptedResolver {
    /// Sets the TXT records of a name.
    pub fn set_txt(&self, name: &str, texts: &[&str]) {
        self.set(name, Ok(texts.iter().map(|text| text.as_bytes().to_vec()).collect()));
    }

    /// Lets every question for a name fail.
    pub fn fail(&self, name: &str, error: LookupError) {
        self.set(name, Err(error));
    }

    /// The names that were asked for, in order.
    pub fn asked(&self) -> Vec<String> {
        self.script().asked.clone()
    }

    fn set(&self, name: &str, answer: Texts) {
        self.script().answers.insert(name.to_owned(), answer);
    }

    fn answer(&self, name: &str) -> Texts {
        let mut script = self.script();
        script.asked.push(name.to_owned());
        script.answers.get(name).cloned().unwrap_or_else(|| Ok(Vec::new()))
    }

    fn script(&self) -> std::sync::MutexGuard<'_, Script> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
