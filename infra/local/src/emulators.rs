//! Storage on one machine: DynamoDB, S3 and SQS in this process, each on its own loopback port, so
//! that the functions use the real AWS clients and see no difference. Each start has a new access
//! key, and requests without its signature are rejected, so that neither a web page nor another
//! user of this machine has access.

mod cloudwatch;
mod delays;
mod dynamodb;
mod json;
mod provision;
mod s3;
mod ses;
mod signature;
mod sqs;

use crate::clients::{Clients, Identity};
use crate::folder::OBJECTS;
use crate::serve::Running;
use crate::{DataFolder, Endpoints, Error, Infrastructure, Result};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tempfile::TempDir;
use tokio::net::TcpListener;

pub use cloudwatch::Requests;
pub(crate) use delays::Delays;
pub(crate) use dynamodb::Database;
pub(crate) use provision::Provisioned;

/// Where the emulators store data.
#[derive(Debug, Clone)]
pub enum Storage {
    /// Removed with the emulators: tables in memory, objects in a temporary directory. For tests.
    Memory,
    /// Kept between runs in this directory. Messages on queues are not kept.
    Directory(PathBuf),
    /// The same for a directory that this process has already claimed.
    Folder(DataFolder),
}

/// A running set of services. Dropping it stops them.
pub struct Emulators {
    settings: BTreeMap<String, String>,
    provisioned: Mutex<Provisioned>,
    clients: Clients,
    database: Option<Database>,
    delays: Option<Delays>,
    reports: ses::Reports,
    requests: Requests,
    running: Vec<Running>,
    prefix: String,
    directory: PathBuf,
    _temporary: Option<TempDir>,
    _folder: Option<DataFolder>,
}

// The settings contain a secret.
impl std::fmt::Debug for Emulators {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Emulators").field("directory", &self.directory).finish_non_exhaustive()
    }
}

impl Emulators {
    /// Starts the three services on free loopback ports, except those with an endpoint in
    /// `AWS_ENDPOINT_URL_DYNAMODB`, `…_S3` or `…_SQS`.
    ///
    /// # Errors
    /// [`Error::Start`] when a port or the directory cannot be used, or another process uses it.
    pub async fn start(storage: Storage) -> Result<Self> {
        Self::start_with(storage, Endpoints::from_environment()).await
    }

    /// As [`Emulators::start`], with the endpoints of services elsewhere as an argument.
    ///
    /// # Errors
    /// As [`Emulators::start`].
    pub async fn start_with(storage: Storage, elsewhere: Endpoints) -> Result<Self> {
        let identity = Identity::choose(&elsewhere);
        let (directory, temporary, folder, kept) = match storage {
            Storage::Memory => {
                let temporary =
                    TempDir::new().map_err(|cause| Error::start("a temporary directory", cause))?;
                (temporary.path().to_owned(), Some(temporary), None, false)
            }
            Storage::Directory(directory) => {
                (directory.clone(), None, Some(DataFolder::claim(&directory)?), true)
            }
            Storage::Folder(folder) => (folder.path().to_owned(), None, Some(folder), true),
        };
        let mut running = Vec::new();
        let mut database = None;
        let dynamodb_url = match elsewhere.dynamodb.clone() {
            Some(url) => url,
            None => {
                let (listener, url) = listen("DynamoDB").await?;
                let opened = dynamodb::open(kept.then_some(directory.as_path()))?;
                running.push(dynamodb::serve(listener, opened.clone(), &identity));
                database = Some(opened);
                url
            }
        };
        let s3_url = match elsewhere.s3.clone() {
            Some(url) => url,
            None => {
                let (listener, url) = listen("S3").await?;
                running.push(s3::serve(listener, &directory.join(OBJECTS), &identity)?);
                url
            }
        };
        let mut delays = None;
        let sqs_url = match elsewhere.sqs.clone() {
            Some(url) => url,
            None => {
                let (listener, url) = listen("SQS").await?;
                let (service, waiting) = sqs::serve(listener, &identity)?;
                running.push(service);
                delays = Some(waiting);
                url
            }
        };
        let clients = Clients::connect(&identity, &dynamodb_url, &s3_url, &sqs_url);
        let reports = ses::Reports::new(clients.sqs.clone());
        let (listener, ses_url) = listen("SES").await?;
        running.push(ses::serve(listener, &identity, reports.clone()));
        let requests = Requests::default();
        let (listener, cloudwatch_url) = listen("CloudWatch").await?;
        let measured = cloudwatch::Measured { requests: requests.clone(), queues: delays.clone() };
        running.push(cloudwatch::serve(listener, &identity, measured));
        let mut settings = identity.settings();
        settings.insert("AWS_ENDPOINT_URL_CLOUDWATCH".to_owned(), cloudwatch_url);
        settings.insert("AWS_ENDPOINT_URL_SESV2".to_owned(), ses_url);
        settings.insert("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), dynamodb_url.clone());
        settings.insert("AWS_ENDPOINT_URL_DYNAMODB_STREAMS".to_owned(), dynamodb_url.clone());
        settings.insert("AWS_ENDPOINT_URL_S3".to_owned(), s3_url.clone());
        settings.insert("AWS_ENDPOINT_URL_SQS".to_owned(), sqs_url.clone());
        // All tests share a service outside this process, so each set of tests gets its own names.
        let prefix = match !kept && elsewhere.any() {
            true => format!("t{:08x}-", rand::random::<u32>()),
            false => "provost-".to_owned(),
        };
        Ok(Self {
            settings,
            provisioned: Mutex::default(),
            clients,
            database,
            delays,
            reports,
            requests,
            running,
            prefix,
            directory,
            _temporary: temporary,
            _folder: folder,
        })
    }

    /// The requests that an [`Api`](crate::Api) counts here, for the metrics of the gateway.
    #[must_use]
    pub fn requests(&self) -> Requests {
        self.requests.clone()
    }

    /// Creates missing tables, buckets and queues, and adds indexes that a table of an earlier run
    /// lacks. Afterwards, [`Emulators::settings`] contains their names.
    ///
    /// # Errors
    /// [`Error::Provision`] when a service returns an error, such as for an existing table with
    /// another key.
    pub async fn provision(&self, infrastructure: &Infrastructure) -> Result<()> {
        let arns = sqs::arns(self.settings.get("AWS_REGION").map_or("", String::as_str));
        let provisioning = provision::Provisioning {
            clients: &self.clients,
            prefix: &self.prefix,
            database: self.database.as_ref(),
            own_queues: self.delays.is_some().then_some(arns.as_str()),
        };
        let made = provisioning.run(infrastructure).await?;
        let rules = infrastructure
            .event_rules
            .iter()
            .filter_map(|rule| Some((rule.clone(), made.queues.get(&rule.queue)?.url.clone())));
        self.reports.follow(rules.collect());
        *self.lock() = made;
        Ok(())
    }

    /// The environment of a function: endpoints, credentials, region and, after provisioning, the
    /// names of tables, buckets and queues.
    #[must_use]
    pub fn settings(&self) -> BTreeMap<String, String> {
        let mut settings = self.settings.clone();
        settings.extend(self.lock().variables.clone());
        settings
    }

    /// The addresses of all provisioned queues and streams.
    pub(crate) fn provisioned(&self) -> Provisioned {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Provisioned> {
        self.provisioned.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A client for the tables.
    #[must_use]
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        self.clients.dynamodb.clone()
    }

    /// A client for the buckets.
    #[must_use]
    pub fn s3(&self) -> aws_sdk_s3::Client {
        self.clients.s3.clone()
    }

    /// A client for the queues.
    #[must_use]
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        self.clients.sqs.clone()
    }

    pub(crate) fn clients(&self) -> &Clients {
        &self.clients
    }

    /// The real name of a table, bucket or queue, given its short one: `accounts`, `files`,
    /// `mail-dlq`.
    #[must_use]
    pub fn name(&self, short: &str) -> String {
        format!("{}{short}", self.prefix)
    }

    pub(crate) fn delays(&self) -> Option<Delays> {
        self.delays.clone()
    }

    pub(crate) fn database(&self) -> Option<Database> {
        self.database.clone()
    }

    pub(crate) fn keeps_data(&self) -> bool {
        self._temporary.is_none()
    }

    /// Number of items of a table, by its short name, whose partition key has this prefix. Needs no
    /// runtime, so that a test can use it at its end; 0 if the tables are in another process.
    ///
    /// # Panics
    /// If the table cannot be read: a count of 0 would hide what it holds.
    #[must_use]
    #[expect(clippy::expect_used, reason = "for tests, and a count of 0 would hide what is there")]
    pub fn items_beginning(&self, table: &str, prefix: &str) -> usize {
        self.database.as_ref().map_or(0, |database| {
            database.count_beginning(&self.name(table), prefix).expect("the table can be read")
        })
    }

    /// Number of messages that were sent to a queue, by its short name, and never deleted,
    /// including those in its dead-letter queue. 0 if the queues are in another process.
    #[must_use]
    pub fn undelivered(&self, queue: &str) -> usize {
        let count = |delays: &Delays| {
            delays.undelivered(&self.name(queue))
                + delays.undelivered(&self.name(&format!("{queue}-dlq")))
        };
        self.delays.as_ref().map_or(0, count)
    }

    /// The directory of the data; a temporary one for [`Storage::Memory`].
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Removes items whose time to live has passed, as DynamoDB does within days; returns how many.
    /// A DynamoDB outside this process does this itself, so nothing is done then.
    ///
    /// # Errors
    /// [`Error::Delivery`] when the tables cannot be read.
    pub fn expire_items(&self) -> Result<usize> {
        match &self.database {
            Some(database) => {
                database.expire_items().map_err(|cause| Error::delivery("expired items", cause))
            }
            None => Ok(0),
        }
    }

    /// Waits for requests in progress, then stops the services and writes persistent data.
    pub async fn stop(mut self) {
        for service in self.running.drain(..) {
            service.stop().await;
        }
    }
}

async fn listen(what: &str) -> Result<(TcpListener, String)> {
    let listener =
        TcpListener::bind(("127.0.0.1", 0)).await.map_err(|cause| Error::start(what, cause))?;
    let address = listener.local_addr().map_err(|cause| Error::start(what, cause))?;
    Ok((listener, format!("http://{address}")))
}

#[cfg(test)]
mod access_tests;
#[cfg(test)]
mod tests;
