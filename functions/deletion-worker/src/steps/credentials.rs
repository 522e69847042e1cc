//! Ends every credential: from here on nobody acts as this person, not even in the one session that
//! was left to cancel.

use crate::run::{Run, Stop};

pub(super) async fn end(run: &mut Run, next: u32) -> Result<(), Stop> {
    // Past the fence no window opens any more: what stands here is the last.
    run.request.checkpoint.uploads_until = run.app.store().uploads_until(run.user).await?;
    let mut tx = run.app.transaction();
    if let Some(mut principal) = run.app.store().principal(run.user).await? {
        run.count("sessions", principal.sessions.len() as u64);
        principal.end_credentials();
        tx.save_principal_past_fence(&principal.changed(run.app.now()))?;
    }
    run.done_below(next);
    run.commit(tx).await
}
