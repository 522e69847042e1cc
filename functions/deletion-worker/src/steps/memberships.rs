//! Takes the user out of their organisations, and removes the organisations without other members
//! and the invitations to the user's addresses. Entries for others, members of a shared
//! organisation and staff, are written in the same transaction.

use provost_app::assigned_stores::AssignedStore;
use provost_domain::{
    Email, RequestId,
    organisation::{Member, Organisation, blocked_by, folder},
};
use provost_operations::{
    Op,
    infrastructure::release_node,
    organisation::{erase_membership, erase_organisation},
};
use provost_store::{Conflict, StoreError, memberships::member_key};

use crate::run::{Run, Stop, WORKER};

pub(super) async fn leave(run: &mut Run, next: u32) -> Result<(), Stop> {
    clear(run).await?;
    // The address is known as long as the user exists.
    if let Some(user) = run.app.store().user(run.user).await? {
        // An unconfirmed address may belong to someone else, and so may the invitations to it.
        if user.email_verified {
            forget_invites(run, &user.email).await?;
        }
        for email in run.app.store().former_addresses(run.user).await? {
            forget_invites(run, &email).await?;
        }
    }
    run.request.blocked = None;
    run.done_below(next);
    run.save().await
}

pub(super) async fn clear(run: &mut Run) -> Result<(), Stop> {
    clear_removed(run).await?;
    let store = run.app.store().clone();
    for member in store.memberships(run.user).await? {
        if let Err(stop) = leave_one(run, &member).await {
            match stop {
                // The index still lists a removed membership, or the organisation changed at the
                // same time: read again.
                Stop::Failed(error) if error.conflict() == Some(Conflict::Member) => {}
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
    let before = run.request.clone();
    let tx = match store.organisation(id).await? {
        Some(organisation) if organisation.member_count <= 1 => {
            return remove_organisation(run, &organisation).await;
        }
        Some(organisation) if organisation.owner_id == run.user => {
            return wait_for_owner(run, organisation).await;
        }
        Some(organisation) => {
            let pseudonym = run.request.pseudonym;
            erase_membership(&op(run), &organisation, run.user, pseudonym)
                .await
                .map_err(StoreError::from)?
                .tx
        }
        None => {
            let mut tx = run.app.transaction();
            tx.remove_present(
                Conflict::Member,
                &store.names().organisations,
                &member_key(id, run.user),
            )?;
            tx
        }
    };
    run.count("memberships", 1);
    let outcome = run.commit(tx).await;
    if outcome.is_err() {
        run.request = before;
    }
    outcome
}

/// The operations of the run.
pub(super) fn op(run: &Run) -> Op<'_> {
    Op::system(&run.app, WORKER, run.app.id(RequestId::new))
}

/// Someone joined after the point of no return. The shared data is theirs as well, so a human has
/// to choose the new owner. The request contains the reason.
async fn wait_for_owner(run: &mut Run, organisation: Organisation) -> Result<(), Stop> {
    let why = blocked_by(&[organisation]);
    if run.request.blocked != why {
        run.request.blocked = why;
        run.save().await?;
    }
    Err(Stop::Wait("an organisation of the person has other members"))
}

/// Removes an organisation if it has no other members, and its data only afterwards: a user who
/// joins just before finds it complete. The request records which organisation it was.
async fn remove_organisation(run: &mut Run, organisation: &Organisation) -> Result<(), Stop> {
    let before = run.request.clone();
    let change = erase_organisation(&op(run), organisation, run.user).await;
    let change = change.map_err(StoreError::from)?;
    run.count("organisations", 1);
    run.count("memberships", 1);
    run.request.blocked = None;
    run.request.checkpoint.clearing = Some(organisation.id);
    run.request.checkpoint.clearing_buckets = organisation.all_buckets();
    if let Err(stop) = run.commit(change.tx).await {
        run.request = before;
        return Err(stop);
    }
    clear_removed(run).await
}

/// Removes the data of the organisation that was removed last, until nothing is left.
async fn clear_removed(run: &mut Run) -> Result<(), Stop> {
    let Some(id) = run.request.checkpoint.clearing else { return Ok(()) };
    let store = run.app.store().clone();
    for node in store.dedicated_nodes(id).await? {
        release_node(&op(run), id, node).await?;
    }
    store.clear_organisation(id).await?;
    for key in store.organisation_rest(id, run.user).await? {
        let mut one = run.app.transaction();
        one.remove_item(Conflict::Gone, &store.names().organisations, &key)?;
        one.commit().await?;
    }
    let buckets = run.request.checkpoint.clearing_buckets.clone();
    for AssignedStore { store, bucket, .. } in run.app.assigned_stores(&buckets).await? {
        store.erase_objects(&bucket, &folder(id)).await?;
    }
    run.request.checkpoint.clearing = None;
    run.request.checkpoint.clearing_buckets.clear();
    run.save().await
}

/// Removes the invitations to an address, open or ended, each counted in the transaction that
/// removes it, and the emails that were sent for them.
async fn forget_invites(run: &mut Run, email: &Email) -> Result<(), Stop> {
    for sign in run.app.store().invite_signs(email).await? {
        let mut tx = run.app.transaction();
        tx.forget_invite(email, &sign)?;
        let before = run.request.counts.clone();
        run.count("invites", 1);
        match run.commit(tx).await {
            Ok(()) => {}
            // Another run removed it, or the user was invited again at the same time: read again.
            Err(Stop::Failed(error)) if error.conflict() == Some(Conflict::Invitation) => {
                run.request.counts = before
            }
            Err(stop) => return Err(stop),
        }
        run.check_time()?;
    }
    // Without an invitation no more emails are sent to the address.
    run.app.store().forget_emails(email).await?;
    Ok(())
}
