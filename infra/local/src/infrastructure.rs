//! The resources of the template: tables, buckets and queues, the functions, and their triggers.
//!
//! The template is the single source. Everything that runs locally is read from it, so a route or a
//! queue that is missing there is missing here too.

mod events;
mod resources;
mod sources;
mod timetable;

use crate::template::Stack;
use crate::{Error, Pattern, Result};
use std::collections::BTreeMap;
use std::path::Path;

pub use events::EventRule;
pub use timetable::Timetable;

/// Everything in the two template files that this stack runs.
#[derive(Debug, Clone)]
pub struct Infrastructure {
    /// Tables, by logical id.
    pub tables: Vec<Table>,
    /// Buckets, by logical id.
    pub buckets: Vec<Bucket>,
    /// Queues, dead-letter queues included, by logical id.
    pub queues: Vec<Queue>,
    /// Functions, by logical id.
    pub functions: Vec<Declared>,
    /// Routes of the HTTP API.
    pub routes: Vec<Route>,
    /// Which queue triggers which function.
    pub queue_sources: Vec<QueueSource>,
    /// Which table's stream triggers which function.
    pub stream_sources: Vec<StreamSource>,
    /// The schedules of functions.
    pub schedules: Vec<Schedule>,
    /// The rules that turn events of AWS services into messages on queues.
    pub event_rules: Vec<EventRule>,
    /// Environment variables that name a table, bucket or queue, from the globals and from every
    /// function.
    pub variables: BTreeMap<String, Reference>,
}

/// A table with its indexes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The logical id, as in `AccountsTable`.
    pub id: String,
    /// The short name, as in `accounts`.
    pub name: String,
    /// The table's own key.
    pub key: Key,
    /// Types (`S`, `N`, `B`) of all key attributes.
    pub attributes: BTreeMap<String, String>,
    /// Global secondary indexes, in the order of the template.
    pub indexes: Vec<Index>,
    /// The content of stream records (`NEW_IMAGE`…), if the table has a stream.
    pub stream: Option<String>,
    /// The attribute with the expiry time of an item, in seconds.
    pub ttl: Option<String>,
}

/// A partition key and usually a sort key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The partition key's attribute.
    pub hash: String,
    /// The sort key's attribute.
    pub range: Option<String>,
}

/// A global secondary index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Its key.
    pub key: Key,
    /// `ALL`, `KEYS_ONLY` or `INCLUDE`.
    pub projection: String,
    /// The attributes of `INCLUDE`.
    pub included: Vec<String>,
}

/// A bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// The logical id, as in `FilesBucket`.
    pub id: String,
    /// The short name, as in `files`.
    pub name: String,
}

/// A queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// The logical id, as in `MailQueue`.
    pub id: String,
    /// The short name: `mail`, and `mail-dlq` for its dead-letter queue.
    pub name: String,
    /// Seconds for which a received message is hidden from other receivers.
    pub visibility_timeout: u64,
    /// Where messages go after too many receives.
    pub redrive: Option<Redrive>,
}

/// The redrive policy of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redrive {
    /// The short name of the dead-letter queue.
    pub dead_letters: String,
    /// Maximum number of receives of a message.
    pub max_receive_count: u64,
}

/// A function as the template declares it.
#[derive(Debug, Clone, PartialEq)]
pub struct Declared {
    /// The logical id, as in `StaffUsers`.
    pub id: String,
    /// The crate's name, from `CodeUri: target/lambda/<name>/`.
    pub name: String,
    /// Time limit of an invocation, in seconds.
    pub timeout: u64,
    /// All properties, for checks of what this stack does not use.
    pub properties: serde_json::Value,
}

/// A route of the HTTP API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The method in capitals, or `ANY`.
    pub method: String,
    /// The path with its variables, or `$default`.
    pub path: String,
    /// The function's name.
    pub function: String,
}

/// A queue that triggers a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueSource {
    /// The queue's short name.
    pub queue: String,
    /// The function's name.
    pub function: String,
    /// Maximum number of messages per invocation.
    pub batch_size: usize,
    /// Whether the function reports which messages of a batch failed.
    pub reports_failures: bool,
}

/// A table's stream that triggers a function.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamSource {
    /// The table's short name.
    pub table: String,
    /// The function's name.
    pub function: String,
    /// Maximum number of records per invocation.
    pub batch_size: usize,
    /// Records that match none of these are skipped; without filters, every record is delivered.
    pub filters: Vec<Pattern>,
    /// Whether the function reports which record of a batch failed.
    pub reports_failures: bool,
    /// Number of retries of a failed batch before it is skipped. `None` means unlimited.
    pub retries: Option<u64>,
}

/// A schedule that triggers a function.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// The event's name under the function.
    pub name: String,
    /// The function's name.
    pub function: String,
    /// When it is due.
    pub timetable: Timetable,
    /// The input of the function in place of the usual event.
    pub input: Option<serde_json::Value>,
    /// EventBridge Scheduler (`ScheduleV2`) and EventBridge rules (`Schedule`) send different
    /// events.
    pub scheduler: bool,
}

/// The target of an environment variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Table, bucket or queue.
    pub kind: Kind,
    /// Its short name.
    pub name: String,
    /// The attribute: `Ref`, `Arn`, `QueueUrl`…
    pub attribute: String,
}

/// The kinds of resources that a variable can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A DynamoDB table.
    Table,
    /// An S3 bucket.
    Bucket,
    /// An SQS queue.
    Queue,
}

impl Infrastructure {
    /// Reads the root template and the nested stack with the data.
    ///
    /// # Errors
    /// [`Error::Template`] when either is not YAML, when a trigger names an undeclared resource, or
    /// when a schedule or filter cannot be parsed.
    pub fn parse(template: &str, data: &str) -> Result<Self> {
        let stack = Stack::read(template, data)?;
        let resources = stack.resources();
        let tables = resources::tables(&resources, &stack)?;
        let buckets = resources::buckets(&resources);
        let queues = resources::queues(&resources, &stack)?;
        let functions = sources::functions(&resources, &stack)?;
        let mut infrastructure = Self {
            tables,
            buckets,
            queues,
            functions,
            routes: Vec::new(),
            queue_sources: Vec::new(),
            stream_sources: Vec::new(),
            schedules: Vec::new(),
            event_rules: Vec::new(),
            variables: BTreeMap::new(),
        };
        sources::connect(&mut infrastructure, &stack)?;
        infrastructure.event_rules = events::rules(&infrastructure, &resources, &stack)?;
        Ok(infrastructure)
    }

    /// Reads `template.yaml` and `infra/data.yaml` in the project's directory.
    ///
    /// # Errors
    /// As [`Infrastructure::parse`], and when a file cannot be read.
    pub fn read(project: &Path) -> Result<Self> {
        let text = |name: &str| {
            let path = project.join(name);
            std::fs::read_to_string(&path).map_err(|cause| {
                Error::Template(format!("{} cannot be read: {cause}", path.display()))
            })
        };
        Self::parse(&text("template.yaml")?, &text("infra/data.yaml")?)
    }

    /// The queue with this short name.
    #[must_use]
    pub fn queue(&self, name: &str) -> Option<&Queue> {
        self.queues.iter().find(|queue| queue.name == name)
    }

    /// The function with this name.
    #[must_use]
    pub fn function(&self, name: &str) -> Option<&Declared> {
        self.functions.iter().find(|function| function.name == name)
    }

    fn reference(&self, target: &crate::template::Target) -> Option<Reference> {
        let attribute = target.attribute.clone();
        let of = |kind, name: &String| Reference {
            kind,
            name: name.clone(),
            attribute: attribute.clone(),
        };
        let table = self
            .tables
            .iter()
            .find(|table| table.id == target.id)
            .map(|found| of(Kind::Table, &found.name));
        let bucket = || {
            self.buckets
                .iter()
                .find(|found| found.id == target.id)
                .map(|found| of(Kind::Bucket, &found.name))
        };
        let queue = || {
            self.queues
                .iter()
                .find(|found| found.id == target.id)
                .map(|found| of(Kind::Queue, &found.name))
        };
        table.or_else(bucket).or_else(queue)
    }
}

/// `MailWorker` becomes `mail-worker`.
fn kebab(id: &str) -> String {
    let mut name = String::with_capacity(id.len() + 4);
    for (index, letter) in id.chars().enumerate() {
        if letter.is_ascii_uppercase() && index > 0 {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

/// The logical id without the suffix for its kind, in kebab case.
fn short(id: &str, kind: &str) -> String {
    kebab(id.strip_suffix(kind).filter(|rest| !rest.is_empty()).unwrap_or(id))
}

#[cfg(test)]
mod tests;
