//! What can go wrong while the local stack starts or delivers, as sentences for the developer.

use aws_sdk_sqs::error::{DisplayErrorContext, SdkError};

/// Why the local stack could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The template, or `infra/data.yaml`, does not say what it should.
    #[error("the template cannot be used: {0}")]
    Template(String),
    /// A port could not be opened, or a directory not be used.
    #[error("could not start {what}: {cause}")]
    Start {
        /// What was being started.
        what: String,
        /// What the system answered.
        cause: String,
    },
    /// A table, bucket or queue could not be made or found.
    #[error("could not provision {what}: {cause}")]
    Provision {
        /// The table, bucket or queue.
        what: String,
        /// What the service answered.
        cause: String,
    },
    /// A queue or a stream did not answer as it should.
    #[error("could not deliver from {what}: {cause}")]
    Delivery {
        /// The queue or stream.
        what: String,
        /// What the service answered.
        cause: String,
    },
    /// Nothing in the template or among the mounted functions has this name.
    #[error("there is no {kind} called {name}; known: {known}")]
    Unknown {
        /// Queue, function, table…
        kind: &'static str,
        /// The name that was asked for.
        name: String,
        /// The names that exist.
        known: String,
    },
}

impl Error {
    pub(crate) fn start(what: impl Into<String>, cause: impl std::fmt::Display) -> Self {
        Self::Start { what: what.into(), cause: cause.to_string() }
    }

    pub(crate) fn provision(what: impl Into<String>, cause: impl std::fmt::Display) -> Self {
        Self::Provision { what: what.into(), cause: cause.to_string() }
    }

    pub(crate) fn delivery(what: impl Into<String>, cause: impl std::fmt::Display) -> Self {
        Self::Delivery { what: what.into(), cause: cause.to_string() }
    }

    pub(crate) fn unknown<'a>(
        kind: &'static str,
        name: &str,
        known: impl Iterator<Item = &'a str>,
    ) -> Self {
        let known = known.collect::<Vec<_>>().join(", ");
        Self::Unknown { kind, name: name.to_owned(), known }
    }
}

/// The SDK's own `Display` says only "service error"; this tells the whole chain.
pub(crate) fn explain<E, R>(error: &SdkError<E, R>) -> String
where
    E: std::error::Error + 'static,
    R: std::fmt::Debug,
{
    DisplayErrorContext(error).to_string()
}
