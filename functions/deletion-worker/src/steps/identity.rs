//! Removes the person themselves: principal, claims, and the key without which the audit log names
//! nobody. All at once, or not at all.

use provost_store::erasure::FENCED;

use crate::run::{Run, Stop};

/// How often the principal is read anew when somebody changed it in between.
const ATTEMPTS: u32 = 5;

pub(super) async fn remove(run: &mut Run, next: u32) -> Result<(), Stop> {
    for _ in 0..ATTEMPTS {
        let before = run.request.clone();
        let mut tx = run.app.transaction();
        if let Some(principal) = run.app.store().principal(run.user).await? {
            let held = run.app.store().held_usernames(&principal).await?;
            tx.remove_principal(&principal, &held, run.request.id)?;
            run.count("account", 1);
        }
        run.done_below(next);
        match run.commit(tx).await {
            // Nobody changes an account past the fence, except for a request that an older version
            // still answers: what it wrote, perhaps another address, is read anew and goes too.
            Err(Stop::Failed(error)) if error.conflict() == Some(FENCED) => run.request = before,
            outcome => return outcome,
        }
    }
    Err(Stop::Wait("the account changes again and again"))
}
