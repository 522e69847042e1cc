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
pub mod fraud;
pub mod infrastructure;
pub mod insights;
pub mod limits;
pub mod mails;
pub mod moderation;
pub mod organisations;
pub mod services;
pub mod settings;
pub mod storage;
pub mod tables;
pub mod users;
pub mod verifications;
pub mod work;

// Each module is also known by its own name, whatever folder it is in.
pub(crate) use audit::audit_partitions;
pub use audit::{audit_log, audit_tree, refusals, seal};
pub use billing::{
    charges, checkouts, customers, payments, products, promotions, revenue, subscriptions,
};
pub use deletions::{erasure, kinds};
pub use directory::prefix_search;
pub(crate) use directory::transaction_conflict;
pub use exports::{export_runs, export_upkeep, share_links};
pub use fraud::{banned_names, features, fraud_rules, full_scans, sightings};
pub use infrastructure::{dns_records, dns_zones, nodes, servers};
pub use limits::{idempotency, throttle};
pub use mails::{broadcasts, preferences, stats, suppressions, templates};
pub use moderation::{applications, contents, evidence, flags, reports};
pub use organisations::{memberships, organisation_activity, organisation_invites};
pub use services::{
    aws, conditional_objects, connector, objects, outbound, registered_objects, signed,
};
pub use settings::system_keys;
pub use storage::{buckets, files, handovers, left_objects};
pub(crate) use tables::conflict;
pub use tables::{error, item, reading, transaction, walk, wire};
pub use users::{
    contributors, credentials, documents, enrollments, former_addresses, grants, impersonations,
    notes, notifications, profiles, records, roles, second_factors, sign_ins, ssh_keys,
    unknown_logins,
};
pub use verifications::upload_windows;
pub use work::{bulk_jobs, jobs, outbox, scheduled_work};

use std::{collections::BTreeMap, sync::Arc};

use aws_sdk_dynamodb::Client as Dynamo;

use aws::{Aws, LazyClient, S3, Sqs};
pub use conflict::Conflict;
pub use error::StoreError;
use provost_domain::{RequestId, Timestamp, message::Queue};
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
    /// The user index.
    pub index: String,
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

/// Tells the time: which grants and denials of an account have ended when it is read.
#[derive(Clone)]
pub struct Now(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Now {
    /// A source of the time.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }
}

impl std::fmt::Debug for Now {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Now")
    }
}

/// The store: clients and names. Cloning shares them. A handle may belong to one request, whose id
/// is then in every message that it sends.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) aws: Aws,
    pub(crate) dynamo: Dynamo,
    pub(crate) s3: LazyClient<S3>,
    pub(crate) sqs: LazyClient<Sqs>,
    pub(crate) names: Arc<Names>,
    pub(crate) spread: audit_partitions::Spread,
    pub(crate) request_id: Option<RequestId>,
    now: Now,
    role_hints: users::role_hints::RoleHints,
}

impl Store {
    /// A store in these tables, buckets and queues.
    pub fn new(aws: &Aws, names: Names, now: Now) -> Self {
        Self {
            aws: aws.clone(),
            dynamo: aws.dynamo(),
            s3: LazyClient::new(aws),
            sqs: LazyClient::new(aws),
            names: Arc::new(names),
            spread: audit_partitions::Spread::default(),
            request_id: None,
            now,
            role_hints: users::role_hints::RoleHints::default(),
        }
    }

    /// The same store for one request or one run of a job.
    #[must_use]
    pub fn for_request(&self, id: RequestId) -> Self {
        Self { request_id: Some(id), ..self.clone() }
    }

    /// The request or run that this handle belongs to.
    pub const fn request_id(&self) -> Option<RequestId> {
        self.request_id
    }

    /// The current time.
    pub(crate) fn now(&self) -> Timestamp {
        (self.now.0)()
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
