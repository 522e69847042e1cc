//! `DELETE /api/organisations/{id}`: delete an organisation. It is marked first, and can then no
//! longer be found, joined or changed. Its members and data are deleted next, and the organisation
//! last. If interrupted, it stays marked, and a repeated request continues the deletion.

use provost_http::{BodyOrQuery, HandlerResult, NoContent, OrganisationGrant, RequestContext};
use provost_operations::organisation as organisations;
use schemars::JsonSchema;
use serde::Deserialize;

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
    let organisation = &ctx.organisation;
    // Once it is marked, only this route can change it, and the caller's version has been compared.
    if organisation.is_active() {
        ctx.check_version(organisation.version)?;
    }
    let change = organisations::dissolve_organisation(&ctx.op(reason), organisation).await?;
    let answer = ctx.complete(change, |_| NoContent).await?;
    // Removes what was written meanwhile; without the organisation, nothing new can be written.
    ctx.app.store().clear_organisation(organisation.id).await?;
    Ok(answer)
}
