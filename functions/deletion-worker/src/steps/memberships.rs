//! Takes the person out of their organisations, and removes the organisations that nobody else belongs to.

use provost_domain::organisation::{Member, MemberRole};

use crate::run::{Run, Stop};

pub(super) async fn leave(run: &mut Run, next: u32) -> Result<(), Stop> {
    clear(run).await?;
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
            let rest = store.organisation_rest(id, run.user).await?;
            for key in rest {
                let mut one = run.app.transaction();
                one.remove_item("rest", &store.names().organisations, &key)?;
                one.commit().await?;
            }
            tx.remove_organisation(&organisation, run.user)?;
            run.count("organisations", 1);
        }
        // Somebody joined after the fence was passed. What they share is theirs as well, so a person has to decide who owns it now.
        Some(organisation) if member.role == MemberRole::Owner && organisation.owner_id == run.user => {
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
