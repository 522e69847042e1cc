//! The entire platform on one machine: the tables, buckets and queues of the template, the HTTP API
//! in front of the functions, and all triggers of the workers.
//!
//! `cargo run` and the tests start the same four things: [`Infrastructure`] (the resources of the
//! template), [`Emulators`] (storage), [`Function`]s (mounted in this process) and their callers,
//! [`Gateway`] and [`Runner`].

mod clients;
mod emulators;
mod error;
mod filter;
mod folder;
mod function;
mod gateway;
mod infrastructure;
mod loopback;
mod runner;
mod serve;
mod template;
#[cfg(test)]
mod testing;

pub use clients::{AccessKey, Endpoints};
pub use emulators::{Emulators, Requests, Storage};
pub use error::Error;
pub use filter::Pattern;
pub use folder::{DataFolder, FIRST_PASSWORD, KEYS, RUNNING};
pub use function::{Function, Invocation, Invoke};
pub use gateway::{Api, Arrival, Gateway, Matched, to_event};
pub use infrastructure::{
    Bucket, Declared, EventRule, Index, Infrastructure, Key, Kind, Queue, QueueSource, Redrive,
    Reference, Route, Schedule, StreamSource, Table, Timetable,
};
pub use runner::{Depth, Report, Runner};
pub use serve::Running;
pub use template::read as read_template;

/// The result of an operation of the local stack.
pub type Result<T> = std::result::Result<T, Error>;
