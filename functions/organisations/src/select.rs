//! `POST /api/organisations/{id}/select`: select the organisation to work in.

use provost_domain::OrganisationId;
use provost_http::{HandlerResult, Json, OrganisationGrant, RequestContext};
use provost_operations::organisation as organisations;
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
    let (me, id) = (&ctx.caller.user, ctx.organisation.id);
    let answer = Json::new(Selected { active_organisation_id: id });
    match organisations::select_organisation(&ctx.op(None), me, id).await? {
        Some(change) => ctx.complete(change, |_| answer).await,
        None => Ok(answer),
    }
}
