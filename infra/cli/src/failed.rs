//! Errors of commands, as texts for the user at the terminal.

use std::{error::Error, fmt};

use provost_operations::OperationError;

/// A command failed.
#[derive(Debug)]
pub struct Failed(String);

impl Failed {
    /// An error with this text.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }

    /// An error with its cause and all causes below it.
    pub fn because(what: &str, cause: &(dyn Error + 'static)) -> Self {
        let mut text = format!("{what}: {cause}");
        let mut next = cause.source();
        while let Some(cause) = next {
            let cause_text = cause.to_string();
            // Some errors repeat their source in their own text.
            if !text.ends_with(&cause_text) {
                text = format!("{text}: {cause_text}");
            }
            next = cause.source();
        }
        Self(text)
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Failed {}

macro_rules! because {
    ($($cause:ty = $what:literal;)*) => {$(
        impl From<$cause> for Failed {
            fn from(cause: $cause) -> Self { Self::because($what, &cause) }
        }
    )*};
}

because! {
    provost_store::StoreError = "the storage request failed";
    provost_local::Error = "the local stack failed";
    provost_app::ConfigError = "the configuration is not valid";
    provost_auth::keys::InvalidKey = "the keys are not valid";
    provost_auth::secret::NoRandomness = "no random secret could be generated";
    provost_archive::Error = "the archive could not be opened";
    std::io::Error = "a file could not be read or written";
    serde_json::Error = "a JSON file could not be read or written";
}

/// An error of the domain, with its invalid fields.
impl From<OperationError> for Failed {
    fn from(error: OperationError) -> Self {
        match error {
            OperationError::Refused(error) => error.into(),
            OperationError::Collision => {
                Self::new("someone else is changing the same data. Try again in a moment.")
            }
            OperationError::Store(error) => error.into(),
        }
    }
}

impl From<provost_domain::ApiError> for Failed {
    fn from(refused: provost_domain::ApiError) -> Self {
        let mut text = refused.detail.clone();
        for field in &refused.fields {
            text = format!("{text} {}: {}", field.field, field.message);
        }
        Self(text)
    }
}
