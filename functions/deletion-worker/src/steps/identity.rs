//! Removes the user: the user, its claims, and the key that decrypts the user's identity in
//! the audit log, in one transaction.
use provost_operations::storage::uncount;
use provost_store::{Conflict, buckets::Assigned};

use super::memberships::op;
use crate::run::{Run, Stop};

/// Maximum number of times that the user is read again after a concurrent change.
const ATTEMPTS: u32 = 5;

pub(super) async fn remove(run: &mut Run, next: u32) -> Result<(), Stop> {
    for _ in 0..ATTEMPTS {
        let before = run.request.clone();
        let mut tx = run.app.transaction();
        if let Some(user) = run.app.store().user(run.user).await? {
            let held = run.app.store().held_usernames(&user).await?;
            tx.remove_user(&user, &held, run.request.id)?;
            for role in user.custom_roles.keys() {
                tx.remove_role_holder(*role, user.user_id)?;
            }
            if user.storage_bucket.is_some() {
                let of = Assigned::User(user.user_id);
                uncount(&op(run), &mut tx, of, user.storage_bucket).await?;
            }
            run.count("account", 1);
        }
        run.done_below(next);
        match run.commit(tx).await {
            // Nothing changes an account past the point of no return, except a request that an
            // older version still serves. What it wrote, perhaps another address, is read again and
            // removed too.
            Err(Stop::Failed(error)) if error.conflict() == Some(Conflict::PastPointOfNoReturn) => {
                run.request = before
            }
            outcome => return outcome,
        }
    }
    Err(Stop::Wait("the account changes again and again"))
}
