//! Takes the person out of their organisations, removes the organisations that nobody else belongs to, and the invitations to the person's address.

use provost_domain::{Email, organisation::Member};

use provost_store::organisation_invites::INVITE;

use crate::run::{Run, Stop};

pub(super) async fn leave(run: &mut Run, next: u32) -> Result<(), Stop> {
    clear(run).await?;
    // While the principal stands, it knows the address.
    if let Some(principal) = run.app.store().principal(run.user).await? {
        forget_invites(run, &principal.email).await?;
    }
    run.done_below(next);
    run.save().await
}

pub(super) async fn clear(run: &mut Run) -> Result<(), Stop> {
    let store = run.app.store().clone();
    for member in store.memberships(run.user).await? {
        if let Err(stop) = leave_one(run, &member).await {
            match stop {
                // The index still names a membership that is gone; or the organisation changed just now, and the next look decides.
                Stop::Failed(error) if error.conflict() == Some("member") => {}
                stop => return Err(stop),
            }
        }
        run.check_time()?;
    }
    Ok(())
}

async fn leave_one(run: &mut Run, member: &Member) -> Result<(), Stop> {
    let store = run.app.store().clone();
    let id = member.organisation_id;
    let mut tx = run.app.transaction();
    let before = run.request.counts.clone();
    match store.organisation(id).await? {
        Some(organisation) if organisation.member_count <= 1 => {
            store.clear_organisation(id).await?;
            for key in store.organisation_rest(id, run.user).await? {
                let mut one = run.app.transaction();
                one.remove_item("rest", &store.names().organisations, &key)?;
                one.commit().await?;
            }
            tx.remove_organisation(&organisation, run.user)?;
            run.count("organisations", 1);
        }
        // Somebody joined after the fence was passed. What they share is theirs as well, so a person has to decide who owns it now.
        Some(organisation) if organisation.owner_id == run.user => {
            return Err(Stop::Wait("an organisation of the person has other members"));
        }
        Some(_) => tx.remove_member(id, run.user)?,
        None => tx.remove_present("member", &store.names().organisations, &provost_store::memberships::member_key(id, run.user))?,
    }
    run.count("memberships", 1);
    let outcome = run.commit(tx).await;
    if outcome.is_err() {
        run.request.counts = before;
    }
    outcome
}

/// Removes the invitations to an address, open or ended, each counted in the change that removes it, and the letters that it got for them.
async fn forget_invites(run: &mut Run, email: &Email) -> Result<(), Stop> {
    for sign in run.app.store().invite_signs(email).await? {
        let mut tx = run.app.transaction();
        tx.forget_invite(email, &sign)?;
        let before = run.request.counts.clone();
        run.count("invites", 1);
        match run.commit(tx).await {
            Ok(()) => {}
            // Another run removed it, or the person was invited anew just now: the next look decides.
            Err(Stop::Failed(error)) if error.conflict() == Some(INVITE) => run.request.counts = before,
            Err(stop) => return Err(stop),
        }
        run.check_time()?;
    }
    // Without an invitation no further letter is written to the address.
    run.app.store().forget_letters(email).await?;
    Ok(())
}
