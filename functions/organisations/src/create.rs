//! `POST /api/organisations`: create an organisation. Of concurrent requests for one handle, one
//! succeeds.

use provost_domain::{
    organisation::{FOUNDED, MAX_NAME, MemberRole, check_may_own_another, new_handle},
    text,
};
use provost_http::{
    Body, Created, HandlerError, HandlerResult, LimitKey, RequestContext, SignedInGrant, Versioned,
};
use provost_operations::organisation::{self as organisations, NewOrganisation, handle_taken};
use provost_store::Conflict;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{ORGANISATIONS, views::OrganisationView};

/// Request to create an organisation.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateOrganisation {
    /// Name, at most 100 characters.
    name: String,
    /// Unique handle: 3 to 40 lower-case letters, digits and hyphens.
    #[schemars(regex(pattern = "^[a-z0-9][a-z0-9-]{1,38}[a-z0-9]$"))]
    handle: String,
}

pub async fn create_organisation(
    ctx: RequestContext<SignedInGrant>,
    Body(body): Body<CreateOrganisation>,
) -> HandlerResult<Versioned<Created<OrganisationView>>> {
    let me = &ctx.caller.user;
    let (name, handle) = (text::line("name", &body.name, MAX_NAME)?, new_handle(&body.handle)?);
    let memberships = ctx.app.store().memberships(me.user_id).await?;
    // A request that the operation would refuse is not counted.
    check_may_own_another(&memberships)?;
    ctx.count_once(FOUNDED, LimitKey::Account(me.user_id)).await?;
    let new = NewOrganisation { name, handle: handle.clone() };
    let change = organisations::create_organisation(&ctx.op(None), me, &memberships, new)?;
    let view = OrganisationView::of(&ctx.app, &change.after, Some(MemberRole::Owner)).await?;
    let created = ctx
        .complete(change, |organisation| {
            let location = format!("{ORGANISATIONS}/{}", organisation.id);
            Versioned(Created(view, location), organisation.version)
        })
        .await;
    match created {
        Err(HandlerError::Conflict(Conflict::Handle)) => {
            Err(handle_taken(&ctx.app, &handle).await?.into())
        }
        created => created,
    }
}
