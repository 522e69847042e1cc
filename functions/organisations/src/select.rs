//! `POST /api/organisations/{id}/select`: select the organisation to work in.

use provost_domain::{
    OrganisationId,
    audit::{Resource, note_change},
};
use provost_http::{HandlerResult, Json, OrganisationGrant, RequestContext};
use schemars::JsonSchema;
use serde::Serialize;

/// The organisation that the user has selected.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Selected {
    /// Organisation id. `GET /api/users/me` shows it as long as the user is a member.
    active_organisation_id: OrganisationId,
}

pub async fn select_organisation(
    ctx: RequestContext<OrganisationGrant>,
) -> HandlerResult<Json<Selected>> {
    let (me, id) = (&ctx.caller.principal, ctx.organisation.id);
    let answer = Json::new(Selected { active_organisation_id: id });
    let mut profile = ctx.app.store().profile(me.user_id).await?;
    let before = profile.active_organisation.replace(id);
    if before == Some(id) {
        return Ok(answer);
    }
    let mut entry = ctx.entry("user.organisation_selected", Resource::User(me.subject()));
    note_change(&mut entry.changes, "activeOrganisation", &before, &Some(id));
    let mut tx = ctx.app.transaction();
    tx.save_principal(me)?;
    tx.save_profile(me.user_id, &profile)?;
    tx.check_member(id, me.user_id)?;
    tx.audit(entry)?;
    ctx.commit(tx, &answer).await?;
    Ok(answer)
}
