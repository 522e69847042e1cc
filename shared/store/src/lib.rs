//! Storage: DynamoDB tables, S3 buckets and SQS queues, behind methods that take and return domain
//! types such as users, links and jobs.
//!
//! Nothing here scans a table. Each entity's keys are defined in the file of that entity, and
//! nowhere else. A change, its audit entry and the messages that announce it are one
//! [`Transaction`].

pub mod audit;
pub mod billing;
pub mod deletions;
pub mod directory;
pub mod exports;
pub mod files;
pub mod fraud;
pub mod idempotency;
pub mod infrastructure;
pub mod mails;
pub mod organisations;
pub mod outbox;
pub mod services;
pub mod settings;
pub mod sweeps;
pub mod tables;
pub mod throttle;
pub mod users;
pub mod verifications;

// Each module is also known by its own name, whatever folder it is in.
pub(crate) use audit::audit_partitions;
pub use audit::{audit_log, refusals, seal};
pub use billing::{checkouts, payments, products, subscriptions};
pub use deletions::{erasure, kinds};
pub(crate) use directory::meeting;
pub use directory::prefix_search;
pub use exports::{export_runs, export_upkeep, share_links};
pub use fraud::{banned_names, features, fraud_rules, fraud_sweeps, sightings};
pub use infrastructure::{dns_records, dns_zones, nodes, servers};
pub use mails::suppressions;
pub use organisations::{memberships, organisation_activity, organisation_invites};
pub use services::{aws, connector, objects, signed};
pub(crate) use tables::conflict;
pub use tables::{error, item, reading, transaction, walk, wire};
pub use users::{
    contributors, credentials, documents, former_addresses, grants, notes, notifications,
    principals, profiles, second_factors, sign_ins, ssh_keys, unknown_logins,
};
pub use verifications::upload_windows;

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
