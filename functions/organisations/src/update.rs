//! `PUT /api/organisations/{id}`: update an organisation. Omitted fields are unchanged.

use provost_domain::{
    Permission,
    audit::{Changes, note_change},
    infrastructure::check_nodes_returned,
    organisation::{Organisation, handle},
    principal::PortalTier,
    rank::check_staff_rank,
    reserved, text,
};
use provost_http::{Body, HandlerError, HandlerResult, Json, OrganisationGrant, RequestContext};
use provost_store::Conflict;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    create::{NAME, handle_taken},
    record::{OrganisationEvent, record_by},
    views::OrganisationView,
};

/// Request to update an organisation. Omitted fields are unchanged.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateOrganisation {
    /// Name, at most 100 characters.
    name: Option<String>,
    /// Unique handle: 3 to 40 lower-case letters, digits and hyphens.
    handle: Option<String>,
    /// Portal tier. Only staff can change it.
    portal_tier: Option<PortalTier>,
    /// Reason for the audit log.
    reason: Option<String>,
}

pub async fn update_organisation(
    ctx: RequestContext<OrganisationGrant>,
    Body(body): Body<UpdateOrganisation>,
) -> HandlerResult<Json<OrganisationView>> {
    let before = &ctx.organisation;
    ctx.check_version(before.version)?;
    let mut after = before.clone();
    if let Some(name) = &body.name {
        after.name = text::line("name", name, NAME)?;
    }
    if let Some(wanted) = &body.handle {
        after.handle = handle(wanted)?;
        if after.handle != before.handle {
            reserved::check("handle", wanted)?;
        }
    }
    if let Some(tier) = body.portal_tier {
        // A tier is paid for, so those who benefit from it cannot set it.
        ctx.caller.require(Permission::OrgUpdate)?;
        // A staff member who manages the organisation sets its tier as staff, too.
        if tier != before.portal_tier
            && let Some(owner) = ctx.app.store().principal(before.owner_id).await?
        {
            check_staff_rank(ctx.caller.acting(), &owner)?;
        }
        after.portal_tier = tier;
    }
    let mut changes = Changes::new();
    note_change(&mut changes, "name", &before.name, &after.name);
    note_change(&mut changes, "handle", &before.handle, &after.handle);
    note_change(&mut changes, "portalTier", &before.portal_tier, &after.portal_tier);
    if changes.is_empty() {
        return answer(&ctx, before).await;
    }

    let mut tx = ctx.app.transaction();
    if before.portal_tier == PortalTier::Enterprise && after.portal_tier != PortalTier::Enterprise {
        check_nodes_returned(ctx.app.store().counters(before.id).await?.nodes)?;
        tx.check_no_nodes(before.id)?;
    }
    tx.save_organisation(&after)?;
    if before.handle != after.handle {
        tx.move_handle(after.id, &before.handle, &after.handle, ctx.now())?;
    }
    // Only staff can set a tier, so the caller acts as staff, regardless of their role in the
    // organisation.
    let by_staff = ctx.by_staff() || before.portal_tier != after.portal_tier;
    record_by(
        &ctx,
        by_staff,
        &mut tx,
        OrganisationEvent::of("organisation.updated").changes(changes).reason(body.reason),
    )?;
    let answer =
        answer(&ctx, &Organisation { version: before.version + 1, ..after.clone() }).await?;
    match ctx.commit(tx, &answer).await {
        Err(HandlerError::Conflict(Conflict::Handle)) => {
            Err(handle_taken(&ctx.app, &after.handle).await?.into())
        }
        // A node was assigned since they were counted: evaluate the request again.
        Err(HandlerError::Conflict(Conflict::OrganisationNodes)) => Err(HandlerError::Collision),
        outcome => outcome.map(|()| answer),
    }
}

async fn answer(
    ctx: &RequestContext<OrganisationGrant>,
    organisation: &Organisation,
) -> HandlerResult<Json<OrganisationView>> {
    let view =
        OrganisationView::of(&ctx.app, organisation, ctx.member.as_ref().map(|member| member.role))
            .await?;
    Ok(Json::new(view).version(organisation.version))
}
