//! Invokes the functions for messages on queues, changes in tables, and schedules.
//!
//! `cargo run` lets it work in the background ([`Runner::spawn`]); a test lets it deliver
//! everything and checks the result ([`Runner::settle`]).

mod background;
mod queues;
mod schedules;
mod streams;

use crate::clients::Clients;
use crate::emulators::{Database, Delays};
use crate::folder::POSITIONS;
use crate::serve::Running;
use crate::{Emulators, Error, Function, Infrastructure, QueueSource, Result, Schedule};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub use queues::Depth;

/// Maximum number of rounds; a test whose messages create new ones for longer has an endless loop.
const MAX_ROUNDS: usize = 1000;

/// Invokes functions by their triggers. Clones share everything.
#[derive(Debug, Clone)]
pub struct Runner(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    clients: Clients,
    region: String,
    functions: BTreeMap<String, Mounted>,
    queues: Vec<QueueSource>,
    streams: Vec<streams::Reader>,
    schedules: Vec<Schedule>,
    /// The addresses of the queues, by short name.
    addresses: BTreeMap<String, Address>,
    /// Failed messages that are currently invisible, by queue.
    held: Mutex<HashMap<String, Vec<String>>>,
    checkpoints: Option<PathBuf>,
    /// Additional abilities of the local services, if they run in this process.
    delays: Option<Delays>,
    database: Option<Database>,
}

#[derive(Debug)]
struct Mounted {
    function: Function,
    limit: Duration,
}

#[derive(Debug, Clone)]
struct Address {
    name: String,
    url: String,
    arn: String,
    dead_letters: Option<String>,
}

/// The result of a [`Runner::settle`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Number of messages and stream records that functions processed.
    pub delivered: usize,
    /// Failures: the function's name (or the queue's or table's, if it could not be read) and the
    /// reason. Failed messages are invisible until [`Runner::release`]; a failed stream batch is
    /// next in line.
    pub failed: Vec<(String, String)>,
}

impl Runner {
    /// Connects the queues and streams of provisioned emulators with the functions that they
    /// trigger. A trigger without its function is ignored.
    ///
    /// # Errors
    /// [`Error::Delivery`] when a queue or stream was not provisioned.
    pub fn new(
        infrastructure: &Infrastructure,
        emulators: &Emulators,
        functions: impl IntoIterator<Item = Function>,
    ) -> Result<Self> {
        let clients = emulators.clients().clone();
        let provisioned = emulators.provisioned();
        let mut mounted = BTreeMap::new();
        for function in functions {
            let declared =
                infrastructure.function(&function.name).map_or(60, |declared| declared.timeout);
            let limit = Duration::from_secs(declared);
            mounted.insert(function.name.clone(), Mounted { function, limit });
        }
        let is_mounted = |name: &String| {
            let known = mounted.contains_key(name);
            if !known {
                tracing::debug!(function = %name, "the function {name} is not mounted; what wakes it stays where it is");
            }
            known
        };
        let checkpoints = emulators.keeps_data().then(|| emulators.directory().join(POSITIONS));
        let positions = streams::positions(checkpoints.as_deref());
        let mut readers = Vec::new();
        for source in
            infrastructure.stream_sources.iter().filter(|source| is_mounted(&source.function))
        {
            let stream = provisioned.streams.get(&source.table);
            let stream = stream
                .ok_or_else(|| Error::delivery(&source.table, "its stream was not provisioned"))?;
            readers.push(streams::Reader::new(stream, source, &positions));
        }
        let addresses = queues::addresses(&provisioned, emulators, &infrastructure.queues)?;
        let settings = emulators.settings();
        Ok(Self(Arc::new(Inner {
            region: settings.get("AWS_REGION").cloned().unwrap_or_default(),
            queues: infrastructure
                .queue_sources
                .iter()
                .filter(|source| is_mounted(&source.function))
                .cloned()
                .collect(),
            schedules: infrastructure.schedules.clone(),
            streams: readers,
            functions: mounted,
            addresses,
            held: Mutex::default(),
            checkpoints,
            delays: emulators.delays(),
            database: emulators.database(),
            clients,
        })))
    }

    /// Delivers in the background until the returned handle is stopped: streams within a fraction
    /// of a second, queues by long polling, schedules when they are due.
    #[must_use]
    pub fn spawn(&self) -> Running {
        background::spawn(Arc::clone(&self.0))
    }

    /// Delivers everything that can be delivered now, and its consequences, until nothing is left.
    /// Does not wait for delayed or invisible messages; a failed delivery is not retried.
    pub async fn settle(&self) -> Report {
        let mut report = Report::default();
        let mut stuck = vec![false; self.0.streams.len()];
        for _ in 0..MAX_ROUNDS {
            let before = (report.delivered, report.failed.len());
            for (reader, stuck) in self.0.streams.iter().zip(&mut stuck) {
                if !*stuck {
                    *stuck = !self.0.drain_stream(reader, &mut report).await;
                }
            }
            for source in &self.0.queues {
                self.0.drain_queue(source, &mut report).await;
            }
            if before == (report.delivered, report.failed.len()) {
                return report;
            }
        }
        report.failed.push(("settle".to_owned(), format!("not quiet after {MAX_ROUNDS} rounds")));
        report
    }

    /// Invokes a function by the name of its schedule (or `function/schedule` if two have the
    /// same), with the event of the template, or by its own name with the given event.
    ///
    /// # Errors
    /// [`Error::Unknown`] when the schedule or function does not exist; the inner result is that of
    /// the function itself, including failure.
    pub async fn fire(
        &self,
        name: &str,
        event: Option<Value>,
    ) -> Result<std::result::Result<Value, String>> {
        let fits = |schedule: &&Schedule| {
            schedule.name == name
                || name.split_once('/') == Some((&schedule.function, &schedule.name))
        };
        let schedule = self.0.schedules.iter().find(fits);
        let function = schedule.map_or(name, |schedule| schedule.function.as_str());
        let mounted = self.0.mounted(function)?;
        let event = event.unwrap_or_else(|| match schedule {
            Some(schedule) => schedules::event(schedule, chrono::Utc::now(), &self.0.region),
            None => Value::Object(serde_json::Map::new()),
        });
        Ok(mounted.function.call(event, mounted.limit).await)
    }

    /// The short names of the queues whose worker is mounted.
    #[must_use]
    pub fn queues(&self) -> Vec<&str> {
        self.0.queues.iter().map(|source| source.queue.as_str()).collect()
    }

    /// Number of messages on a queue, by its short name, such as `mail` or `mail-dlq`.
    ///
    /// # Errors
    /// [`Error::Unknown`] when the queue does not exist, [`Error::Delivery`] when it does not
    /// respond.
    pub async fn queue_depth(&self, queue: &str) -> Result<Depth> {
        self.0.depth(queue).await
    }

    /// Number of messages of this queue in its dead-letter queue.
    ///
    /// # Errors
    /// As [`Runner::queue_depth`]; also when it has no dead-letter queue.
    pub async fn dlq_depth(&self, queue: &str) -> Result<usize> {
        let dead_letters = self.0.dead_letters(queue)?;
        Ok(self.0.depth(&dead_letters).await?.total())
    }

    /// Sends the dead letters of this queue back to it; returns how many.
    ///
    /// # Errors
    /// As [`Runner::dlq_depth`].
    pub async fn redrive(&self, queue: &str) -> Result<usize> {
        self.0.redrive(queue).await
    }

    /// Puts a message on a queue; returns its id.
    ///
    /// # Errors
    /// As [`Runner::queue_depth`].
    pub async fn send_raw(&self, queue: &str, body: &str) -> Result<String> {
        self.0.send(queue, body).await
    }

    /// Ends the visibility timeout of failed messages and the delay of delayed ones on this queue
    /// now, so that the next [`Runner::settle`] delivers them; returns how many became visible.
    ///
    /// # Errors
    /// As [`Runner::queue_depth`].
    pub async fn release(&self, queue: &str) -> Result<usize> {
        self.0.release(queue).await
    }

    /// [`Runner::release`] for every queue; returns how many messages became visible.
    ///
    /// # Errors
    /// As [`Runner::queue_depth`].
    pub async fn release_all(&self) -> Result<usize> {
        let mut released = 0;
        for queue in self.0.addresses.keys() {
            released += self.0.release(queue).await?;
        }
        Ok(released)
    }
}

impl Inner {
    fn mounted(&self, function: &str) -> Result<&Mounted> {
        self.functions.get(function).ok_or_else(|| {
            Error::unknown("function", function, self.functions.keys().map(String::as_str))
        })
    }
}

#[cfg(test)]
mod tests;
