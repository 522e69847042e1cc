//! The steps of an erasure, in order: the only place that says what is removed, and when.
//!
//! A new kind of user data needs a step here or, if it is stored in the user's partition, an entry
//! in the store's list of kinds. The numbers leave gaps, so that a run that an older version
//! started continues at the right step.
//!
//! Each step may run again after any of its calls. The data to remove may already be gone. Items
//! are counted in the transaction that removes them, or recorded with their position in the list
//! before they are removed, so that every count is exact however often a run was killed.

mod credentials;
mod identity;
mod memberships;
mod objects;
mod operations;
mod partition;
mod receipt;
mod reports;
mod shared_views;
mod subscriptions;

use std::{future::Future, pin::Pin};

use crate::run::{Run, Stop};

/// The function of a step.
pub type Work =
    for<'r> fn(&'r mut Run) -> Pin<Box<dyn Future<Output = Result<(), Stop>> + Send + 'r>>;

/// A step of an erasure.
#[derive(Clone, Copy)]
pub struct Step {
    /// Its number; a checkpoint has the number of the first step that is not done.
    pub number: u32,
    /// Its name in the log.
    pub name: &'static str,
    /// What the step removes.
    pub removes: &'static str,
    /// Runs the step.
    pub work: Work,
}

impl std::fmt::Debug for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.number, self.name)
    }
}

/// All steps. The indexes of the tables need none: an index entry exists only as long as its item.
pub const STEPS: &[Step] = &[
    Step {
        number: 10,
        name: "credentials",
        removes: "The sessions, refresh families and API keys that still work.",
        work: |run| Box::pin(credentials::end(run, 20)),
    },
    Step {
        number: 20,
        name: "files",
        removes: "Every version of every uploaded object.",
        work: |run| Box::pin(objects::remove_files(run, 30)),
    },
    Step {
        number: 30,
        name: "operations",
        removes: "Exports with their archives and uploads, share links with their trails, the registry of content with its flags and evidence, earlier deletion requests, applications, planned work.",
        work: |run| Box::pin(operations::remove(run, 35)),
    },
    Step {
        number: 35,
        name: "reports",
        removes: "The person and every text from reports that they filed and reports about them; the latter are closed.",
        work: |run| Box::pin(reports::forget(run, 40)),
    },
    Step {
        number: 40,
        name: "memberships",
        removes: "Memberships, organisations without other members, and invitations to the user's addresses.",
        work: |run| Box::pin(memberships::leave(run, 50)),
    },
    Step {
        number: 50,
        name: "subscriptions",
        removes: "Subscriptions, cancelled at Stripe first, and the claims by which their customers lead to the person.",
        work: |run| Box::pin(subscriptions::cancel(run, 55)),
    },
    Step {
        number: 55,
        name: "shared views",
        removes: "The copies of saved views that the user shared with other staff.",
        work: |run| Box::pin(shared_views::remove(run, 60)),
    },
    Step {
        number: 60,
        name: "partition",
        removes: "Everything in the user's partition except the user item: profile, credential, sign-ins, keys, files, mail.",
        work: |run| Box::pin(partition::clear(run, 70)),
    },
    Step {
        number: 70,
        name: "identity",
        removes: "The user item, the claims on e-mail, phone, username, unique id and external id, the entries in lists of the holders of roles, and the key that opens what the audit log says of the person.",
        work: |run| Box::pin(identity::remove(run, 80)),
    },
    Step {
        number: 80,
        name: "late files",
        removes: "What was uploaded by a link that was given out before the fence; not before the last such link is out of use.",
        work: |run| Box::pin(objects::remove_late_files(run, 85)),
    },
    Step {
        number: 85,
        name: "stragglers",
        removes: "What a request that was already under way at the fence wrote, and what an index did not show yet.",
        work: |run| Box::pin(partition::stragglers(run, 90)),
    },
    Step {
        number: 90,
        name: "receipt",
        removes: "The person's id and every word of reason from the request itself, which keeps the signed receipt.",
        work: |run| Box::pin(receipt::sign(run)),
    },
];
