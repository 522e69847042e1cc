//! Resolves the TXT records of customers' domains: with the system's name servers on AWS, from a
//! file in the local stack, from a script in tests.
//!
//! The DNS client is part of the one function that needs it, so that no other function links it.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use crate::Settings;

/// The source of DNS answers.
#[derive(Debug, Clone)]
pub enum Resolver {
    /// The system's name servers.
    System,
    /// A file with a name and a text on each line, read for each query. No network access.
    File(PathBuf),
    /// Returns given by a test.
    Scripted(ScriptedResolver),
}

/// Why a lookup failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LookupError {
    /// No name server answered in time.
    #[error("no name server answered in time")]
    Timeout,
    /// The name server returned an error.
    #[error("the name server answered {0}")]
    Failed(String),
    /// The answer cannot be used.
    #[error("the answer is not a DNS message for this question")]
    Malformed,
    /// The system has no name server.
    #[error("no name server is configured")]
    NotConfigured,
}

/// The strings of each TXT record of a name, joined; none when the name does not exist.
pub type Texts = Result<Vec<Vec<u8>>, LookupError>;

impl Resolver {
    pub(crate) fn from_settings(settings: &Settings) -> Self {
        match settings.get("DNS_TXT_FILE").filter(|path| !path.is_empty()) {
            Some(path) => Self::File(PathBuf::from(path)),
            None => Self::System,
        }
    }

    /// The answer from a file or a script; `None` when the system's name servers must be queried.
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

/// Returns by name. A name without one has no records.
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

    /// Makes every query for a name fail.
    pub fn fail(&self, name: &str, error: LookupError) {
        self.set(name, Err(error));
    }

    /// The names that were queried, in order.
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
