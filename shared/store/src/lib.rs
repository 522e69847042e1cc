//! Storage: DynamoDB tables, S3 buckets and SQS queues, behind methods that take and return domain
//! types such as users, links and jobs.
//!
//! Nothing here scans a table. Each entity's keys are defined in the file of that entity, and
//! nowhere else. A change, its audit entry and the messages that announce it are one
//! [`Transaction`].

pub mod audit;
pub mod audit_log;
mod audit_partitions;
pub mod aws;
pub mod banned_names;
pub mod checkouts;
mod conflict;
pub mod connector;
pub mod contributors;
pub mod credentials;
pub mod deletions;
pub mod directory;
pub mod dns_records;
pub mod dns_zones;
pub mod documents;
pub mod erasure;
pub mod error;
pub mod export_runs;
pub mod export_upkeep;
pub mod exports;
pub mod features;
pub mod files;
pub mod former_addresses;
pub mod fraud;
pub mod fraud_rules;
pub mod fraud_sweeps;
pub mod grants;
pub mod idempotency;
pub mod infrastructure;
pub mod item;
pub mod kinds;
pub mod mails;
mod meeting;
pub mod memberships;
pub mod nodes;
pub mod notes;
pub mod notifications;
pub mod objects;
pub mod organisation_activity;
pub mod organisation_invites;
pub mod organisations;
pub mod outbox;
pub mod payments;
pub mod prefix_search;
pub mod principals;
pub mod products;
pub mod profiles;
pub mod reading;
pub mod refusals;
pub mod seal;
pub mod second_factors;
pub mod servers;
pub mod settings;
pub mod share_links;
pub mod sightings;
pub mod sign_ins;
pub mod signed;
pub mod ssh_keys;
pub mod subscriptions;
pub mod suppressions;
pub mod sweeps;
pub mod throttle;
pub mod transaction;
pub mod unknown_logins;
pub mod upload_windows;
pub mod verifications;
pub mod walk;
pub mod wire;

use std::{collections::BTreeMap, sync::Arc};

use aws_sdk_dynamodb::Client as Dynamo;

use aws::{Aws, LazyClient, S3, Sqs};
pub use conflict::Conflict;
pub use error::StoreError;
use provost_domain::message::Queue;
pub use transaction::Transaction;

/// The tables, buckets and queues of one deployment, by their physical names.
#[derive(Debug, Clone)]
pub struct Names {
    /// Everything that belongs to a user, in the user's partition; claims; pseudonyms.
    pub accounts: String,
    /// Organisations, members, invites.
    pub organisations: String,
    /// Deletion requests, exports, links, outbox, idempotency records, throttles.
    pub operations: String,
    /// Settings and roles.
    pub catalogue: String,
    /// Append-only audit entries.
    pub audit: String,
    /// Users' uploads.
    pub files: String,
    /// Archives.
    pub exports: String,
    /// URL of the email queue.
    pub mail_queue: String,
    /// URL of the export queue.
    pub export_queue: String,
    /// URL of the deletion queue.
    pub deletion_queue: String,
    /// URL of the queue for background work.
    pub bulk_queue: String,
    /// URLs of the dead-letter queues. A worker without a configured one relies on SQS to move a
    /// message there.
    pub dead_letters: BTreeMap<Queue, String>,
}

/// The store: clients and names. Cloning shares them.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) aws: Aws,
    pub(crate) dynamo: Dynamo,
    pub(crate) s3: LazyClient<S3>,
    pub(crate) sqs: LazyClient<Sqs>,
    pub(crate) names: Arc<Names>,
    pub(crate) spread: audit_partitions::Spread,
}

impl Store {
    /// A store in these tables, buckets and queues.
    pub fn new(aws: &Aws, names: Names) -> Self {
        Self {
            aws: aws.clone(),
            dynamo: aws.dynamo(),
            s3: LazyClient::new(aws),
            sqs: LazyClient::new(aws),
            names: Arc::new(names),
            spread: audit_partitions::Spread::default(),
        }
    }

    /// The physical names.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// The client, for tests that search for leftovers and for the tools of the local stack;
    /// functions use the methods.
    #[doc(hidden)]
    pub fn dynamo(&self) -> &Dynamo {
        &self.dynamo
    }

    /// The S3 client, for tests.
    #[doc(hidden)]
    pub fn s3(&self) -> &aws_sdk_s3::Client {
        &self.s3
    }
}
