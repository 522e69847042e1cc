//! The business operations: one function per command, used by routes, workers, the scheduler and
//! the command line alike.
//!
//! An operation gets the data that it decides on, applies the rules of the domain, and returns a
//! [`Change`]: a transaction that holds the new data, its audit entry and its messages, and what a
//! conflict means. The caller commits it, a route together with the response that a repeated request
//! gets. Parsing, access and views are the caller's.

pub mod access;
pub mod audit;
pub mod billing;
mod change;
pub mod credential;
pub mod deletion;
pub mod export;
pub mod fraud;
pub mod infrastructure;
pub mod insight;
pub mod mail;
pub mod moderation;
pub mod notification;
pub mod organisation;
pub mod session;
pub mod setting;
pub mod storage;
pub mod user;
pub mod verification;

// Each module is also known by its own name, whatever folder it is in.
pub use access::{impersonation, role, system_key};
pub use moderation::{application, report};
pub use user::bulk;

pub use change::{Change, Conflicts, OperationError};

use provost_app::App;
use provost_domain::{
    AuditId, MessageId, NotificationId, RequestId, Timestamp, User, UserId,
    audit::{Actor, Changes, Entry, Origin, Resource},
    mail::Template,
    message::{About, Message},
    notification::{Notification, NotificationKind},
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
    pub account: Option<&'a User>,
    /// Origin of the request.
    pub origin: Origin,
    /// Reason for the operation.
    pub reason: Option<String>,
    /// Time of the operation.
    pub now: Timestamp,
}

impl<'a> Op<'a> {
    /// An operation of a worker or the scheduler: `name` is its name in the audit log, `run` the id
    /// of the run.
    pub fn system(app: &'a App, name: &'static str, run: RequestId) -> Self {
        Self {
            app,
            actor: Actor::System(name),
            account: None,
            origin: Origin {
                ip: None,
                user_agent: None,
                request_id: run,
                route: name.to_owned(),
                api_key: false,
            },
            reason: None,
            now: app.now(),
        }
    }

    /// A new transaction of this operation.
    pub fn transaction(&self) -> Transaction {
        self.app.transaction().of_request(self.origin.request_id)
    }

    /// The same operation by the owner of an account, who has proved to be the owner with a password
    /// or a link and is not signed in.
    fn by_owner(&self, owner: &User) -> Self {
        Self { actor: Actor::User(owner.subject()), ..self.clone() }
    }

    /// Sends an email to a user as part of the transaction.
    fn mail(
        &self,
        tx: &mut Transaction,
        user: UserId,
        template: Template,
        about: Option<About>,
    ) -> Result<(), StoreError> {
        let id = self.app.id(MessageId::new);
        self.app.send(tx, Message::Mail { id, user, template, about })
    }

    /// Adds a notification to a user's mailbox as part of the transaction.
    fn notify(
        &self,
        tx: &mut Transaction,
        user: UserId,
        kind: NotificationKind,
        title: &str,
        text: &str,
    ) -> Result<(), StoreError> {
        let id = self.app.id(NotificationId::new);
        tx.notify(user, &Notification::new(id, kind, title, text, self.now))
    }

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
