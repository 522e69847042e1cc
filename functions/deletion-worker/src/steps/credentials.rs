//! Revokes every credential: after this, nobody can act as this user, not even in the session that
//! could cancel the deletion.

use crate::run::{Run, Stop};

pub(super) async fn end(run: &mut Run, next: u32) -> Result<(), Stop> {
    // No upload URL is issued past the point of no return, so this time is final.
    run.request.checkpoint.uploads_until = run.app.store().uploads_until(run.user).await?;
    let mut tx = run.app.transaction();
    if let Some(mut user) = run.app.store().user(run.user).await? {
        run.count("sessions", user.sessions.len() as u64);
        user.end_credentials();
        tx.save_user_past_point_of_no_return(&user.changed(run.app.now()))?;
    }
    run.done_below(next);
    run.commit(tx).await
}
