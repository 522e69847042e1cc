//! Why a command could not do its work: a sentence for the person at the terminal.

use std::{error::Error, fmt};

/// A command failed.
#[derive(Debug)]
pub struct Failed(String);

impl Failed {
    /// With this sentence.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }

    /// Because of something underneath, told with all its own causes: whoever sits here may know them.
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
    provost_store::StoreError = "the store did not do it";
    provost_local::Error = "the local platform cannot be used";
    provost_app::BadSetting = "the environment is not complete";
    provost_auth::keys::BadKey = "the keys cannot be used";
    provost_auth::secret::NoRandomness = "nothing secret can be made";
    provost_archive::Error = "the archive was not opened";
    lexopt::Error = "the command line was not understood";
    std::io::Error = "a file could not be used";
    serde_json::Error = "a file of ours could not be read";
}

/// A refusal of the domain, with what is wrong with which field.
impl From<provost_domain::Refused> for Failed {
    fn from(refused: provost_domain::Refused) -> Self {
        let mut text = refused.detail.clone();
        for field in &refused.fields {
            text = format!("{text} {}: {}", field.field, field.message);
        }
        Self(text)
    }
}
