//! Dissolves an organisation that is being deleted: its nodes are shared again and its members
//! removed. Each is notified and recorded in the same transaction.

use provost_domain::{
    UserId,
    audit::{Resource, note_change},
    notification::NotificationKind,
    organisation::Organisation,
    page::{PageFrom, PageRequest},
};
use provost_http::{HandlerResult, OrganisationGrant, RequestContext};

use crate::{
    record::notify,
    remove::{TITLE, gone},
};

/// Members removed in one transaction, which has at most a hundred items: four for each member, and
/// the organisation.
const AT_ONCE: u32 = 20;
/// Maximum number of attempts of a transaction that collides with another.
const TRIES: u32 = 8;

/// Shares the organisation's nodes again.
pub(crate) async fn free_nodes(
    ctx: &RequestContext<OrganisationGrant>,
    reason: Option<&String>,
) -> HandlerResult<()> {
    let (store, id) = (ctx.app.store(), ctx.organisation.id);
    loop {
        let mut freed = 0;
        for node in
            store.nodes_of(id, &PageRequest { from: PageFrom::Page(1), limit: 200 }).await?.rows
        {
            let mut tx = ctx.app.transaction();
            tx.free_node(id, node.id)?;
            let mut entry = ctx
                .entry("node.assigned", Resource::Other { kind: "node", id: node.id.to_string() });
            note_change(&mut entry.changes, "organisationId", &Some(id), &None);
            entry.reason = reason.cloned();
            tx.audit(entry)?;
            match tx.commit().await {
                Ok(()) => freed += 1,
                // The node is assigned to another organisation already.
                Err(error) if error.conflict().is_some() => {}
                Err(error) => return Err(error.into()),
            }
        }
        if freed == 0 {
            return Ok(());
        }
    }
}

/// Removes all members except the owner.
pub(crate) async fn dismiss(
    ctx: &RequestContext<OrganisationGrant>,
    organisation: &Organisation,
    reason: Option<&String>,
) -> HandlerResult<()> {
    let store = ctx.app.store();
    let mut tries = 0;
    loop {
        let page = store
            .members(organisation, &PageRequest { from: PageFrom::Page(1), limit: AT_ONCE })
            .await?;
        let others: Vec<UserId> = page
            .rows
            .iter()
            .map(|member| member.member_id)
            .filter(|member| *member != organisation.owner_id)
            .collect();
        if others.is_empty() {
            return Ok(());
        }
        let people = store.principals_of(others.iter().copied()).await?;
        let mut tx = ctx.app.transaction();
        tx.remove_members(organisation.id, &others)?;
        for person in others.iter().filter_map(|member| people.get(member)) {
            if person.user_id != ctx.caller.principal.user_id {
                notify(
                    ctx,
                    &mut tx,
                    person,
                    organisation,
                    NotificationKind::Organisation,
                    TITLE,
                    gone(organisation),
                )?;
            }
            let membership = Resource::Owned {
                kind: "membership",
                id: organisation.id.to_string(),
                owner: person.subject(),
            };
            let mut entry = ctx.entry("organisation.member_removed", membership);
            entry.reason = reason.cloned();
            tx.audit(entry)?;
        }
        match tx.commit().await {
            // A member left or changed at the same time: read again.
            Err(error) if error.conflict().is_some() && tries < TRIES => tries += 1,
            outcome => outcome?,
        }
    }
}
