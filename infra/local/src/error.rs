//! Errors of starting the local stack and of deliveries, as sentences for the developer.

use aws_sdk_sqs::error::{DisplayErrorContext, SdkError};

/// An error of the local stack.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The template, or `infra/data.yaml`, is not valid.
    #[error("the template cannot be used: {0}")]
    Template(String),
    /// A port could not be opened, or a directory could not be used.
    #[error("could not start {what}: {cause}")]
    Start {
        /// The port, directory or service.
        what: String,
        /// The error of the system.
        cause: String,
    },
    /// A table, bucket or queue could not be created or found.
    #[error("could not provision {what}: {cause}")]
    Provision {
        /// The table, bucket or queue.
        what: String,
        /// The error of the service.
        cause: String,
    },
    /// A queue or a stream returned an error.
    #[error("could not deliver from {what}: {cause}")]
    Delivery {
        /// The queue or stream.
        what: String,
        /// The error of the service.
        cause: String,
    },
    /// Neither the template nor the mounted functions have this name.
    #[error("there is no {kind} called {name}; known: {known}")]
    Unknown {
        /// Queue, function, table…
        kind: &'static str,
        /// The unknown name.
        name: String,
        /// The known names.
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

/// The SDK's own `Display` is only "service error"; this returns the full chain of causes.
pub(crate) fn explain<E, R>(error: &SdkError<E, R>) -> String
where
    E: std::error::Error + 'static,
    R: std::fmt::Debug,
{
    DisplayErrorContext(error).to_string()
}
