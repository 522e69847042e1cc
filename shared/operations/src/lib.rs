//! The business operations: one function per command, used by routes, workers, the scheduler and
//! the command line alike.
//!
//! An operation gets the data that it decides on, applies the rules of the domain, and returns a
//! [`Change`]: a transaction that holds the new data, its audit entry and its messages. The caller
//! commits it, a route together with the response that a repeated request gets. Parsing, access and
//! views are the caller's.

pub mod deletion;
pub mod user;

use provost_app::App;
use provost_domain::{
    ApiError, AuditId, Principal, Timestamp,
    audit::{Actor, Changes, Entry, Origin, Resource},
};
use provost_store::{StoreError, Transaction};

/// Who runs an operation, from where, and why.
#[derive(Debug, Clone)]
pub struct Op<'a> {
    /// The application.
    pub app: &'a App,
    /// The actor, as the audit log names them.
    pub actor: Actor,
    /// The actor's account; none for the scheduler, workers and the command line.
    pub account: Option<&'a Principal>,
    /// Origin of the request.
    pub origin: Origin,
    /// Reason for the operation.
    pub reason: Option<String>,
    /// Time of the operation.
    pub now: Timestamp,
}

impl Op<'_> {
    /// An audit entry of this operation about a resource.
    fn entry(&self, action: &'static str, resource: Resource) -> Entry {
        Entry {
            id: self.app.id(AuditId::new),
            at: self.now,
            actor: self.actor.clone(),
            action,
            resource,
            success: true,
            reason: self.reason.clone(),
            changes: Changes::new(),
            origin: self.origin.clone(),
        }
    }
}

/// A change that is decided and not yet written.
#[derive(Debug)]
pub struct Change<T> {
    /// The transaction, with the audit entry and the messages.
    pub tx: Transaction,
    /// The data after the change.
    pub after: T,
}

/// Why an operation made no change.
#[derive(Debug)]
pub enum OperationError {
    /// A rule forbids it; nothing has changed.
    Refused(ApiError),
    /// The store failed.
    Store(StoreError),
}

impl From<ApiError> for OperationError {
    fn from(error: ApiError) -> Self {
        Self::Refused(error)
    }
}

impl From<StoreError> for OperationError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
