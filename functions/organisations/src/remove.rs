//! `DELETE /api/organisations/{id}`: delete an organisation. It is marked first, and can then no
//! longer be found, joined or changed. Its members and data are deleted next, and the organisation
//! last. If interrupted, it stays marked, and a repeated request continues the deletion.

use provost_domain::{
    ApiError, Principal,
    audit::{Entry, Resource, note_change},
    notification::NotificationKind,
    organisation::Organisation,
};
use provost_http::{BodyOrQuery, HandlerResult, NoContent, OrganisationGrant, RequestContext};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    dissolve::{dismiss, free_nodes},
    record::{notify, wake_deletion},
};

/// Request to delete an organisation.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DeleteOrganisation {
    /// Reason for the audit log.
    reason: Option<String>,
}

pub async fn delete_organisation(
    ctx: RequestContext<OrganisationGrant>,
    BodyOrQuery(input): BodyOrQuery<DeleteOrganisation>,
) -> HandlerResult<NoContent> {
    let reason = ctx.reason(input.reason.as_deref())?;
    let (store, id) = (ctx.app.store(), ctx.organisation.id);
    let owner = store.principal(ctx.organisation.owner_id).await?;
    // Once it is marked, only this route can change it, and the caller's version has been compared.
    let marked = if ctx.organisation.is_active() {
        ctx.check_version(ctx.organisation.version)?;
        let marked = Organisation { deleting_since: Some(ctx.now()), ..ctx.organisation.clone() };
        let mut tx = ctx.app.transaction();
        tx.save_organisation(&marked)?;
        tx.audit(entry(&ctx, "organisation.deletion_begun", owner.as_ref(), reason.clone()))?;
        tx.commit().await?;
        marked
    } else {
        ctx.organisation.clone()
    };
    free_nodes(&ctx, reason.as_ref()).await?;
    dismiss(&ctx, &marked, reason.as_ref()).await?;
    store.clear_organisation(id).await?;

    let last = store.organisation(id).await?.ok_or_else(|| ApiError::missing("organisation"))?;
    let mut tx = ctx.app.transaction();
    tx.remove_organisation(
        &last,
        last.owner_id,
        owner.as_ref().map(|owner| (owner.pseudonym, ctx.now())),
    )?;
    if let Some(owner) =
        owner.as_ref().filter(|owner| owner.user_id != ctx.caller.principal.user_id)
    {
        notify(&ctx, &mut tx, owner, &last, NotificationKind::Organisation, TITLE, gone(&last))?;
    }
    if let Some(owner) = &owner {
        wake_deletion(&ctx, &mut tx, owner)?;
    }
    tx.audit(entry(&ctx, "organisation.deleted", owner.as_ref(), reason))?;
    ctx.commit(tx, &NoContent).await?;
    // Removes what was written meanwhile; without the organisation, nothing new can be written.
    store.clear_organisation(id).await?;
    Ok(NoContent)
}

/// Title of the notification.
pub(crate) const TITLE: &str = "An organisation was deleted";

/// Text of the notification.
pub(crate) fn gone(organisation: &Organisation) -> String {
    format!(
        "{} ({}) was deleted, and you are no longer a member.",
        organisation.name, organisation.handle
    )
}

/// An audit entry about the owner, with their id. It outlives the organisation's own activity.
fn entry(
    ctx: &RequestContext<OrganisationGrant>,
    action: &'static str,
    owner: Option<&Principal>,
    reason: Option<String>,
) -> Entry {
    let (kind, id) = ("organisation", ctx.organisation.id.to_string());
    let resource = match owner {
        Some(owner) => Resource::Owned { kind, id, owner: owner.subject() },
        None => Resource::Other { kind, id },
    };
    let mut entry = ctx.entry(action, resource);
    note_change(&mut entry.changes, "name", &Some(&ctx.organisation.name), &None);
    note_change(&mut entry.changes, "handle", &Some(&ctx.organisation.handle), &None);
    entry.reason = reason;
    entry
}
