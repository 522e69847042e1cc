//! `PUT /api/organisations/{id}`: update an organisation. Omitted fields are unchanged.

use provost_domain::{
    Permission,
    organisation::{MAX_NAME, Organisation, new_handle},
    rank::check_staff_rank,
    text,
    user::PortalTier,
};
use provost_http::{Body, HandlerError, HandlerResult, Json, OrganisationGrant, RequestContext};
use provost_operations::organisation::{self as organisations, OrganisationUpdate, handle_taken};
use provost_store::Conflict;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::views::OrganisationView;

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
    let name = body.name.as_deref().map(|name| text::line("name", name, MAX_NAME)).transpose()?;
    // The current handle may have become reserved since.
    let handle = body.handle.as_deref().filter(|handle| *handle != before.handle);
    let handle = handle.map(new_handle).transpose()?;
    if let Some(tier) = body.portal_tier {
        // A tier is paid for, so those who benefit from it cannot set it.
        ctx.caller.require(Permission::OrgUpdate)?;
        // A staff member who manages the organisation sets its tier as staff, too.
        if tier != before.portal_tier
            && let Some(owner) = ctx.app.store().user(before.owner_id).await?
        {
            check_staff_rank(ctx.caller.acting(), &owner)?;
        }
    }
    let reason = ctx.reason(body.reason.as_deref())?;
    let update = OrganisationUpdate { name, handle, portal_tier: body.portal_tier };
    let op = ctx.op(reason);
    let Some(change) = organisations::update_organisation(&op, before, update, ctx.by()).await?
    else {
        return view(&ctx, before).await;
    };
    let (answer, handle) = (view(&ctx, &change.after).await?, change.after.handle.clone());
    match ctx.complete(change, |_| answer).await {
        Err(HandlerError::Conflict(Conflict::Handle)) => {
            Err(handle_taken(&ctx.app, &handle).await?.into())
        }
        updated => updated,
    }
}

async fn view(
    ctx: &RequestContext<OrganisationGrant>,
    organisation: &Organisation,
) -> HandlerResult<Json<OrganisationView>> {
    let role = ctx.member.as_ref().map(|member| member.role);
    let view = OrganisationView::of(&ctx.app, organisation, role).await?;
    Ok(Json::new(view).version(organisation.version))
}
