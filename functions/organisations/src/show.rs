//! `GET /api/organisations/{id}`: get an organisation, for its admins and owner with its open
//! invitations.

use provost_domain::Permission;
use provost_http::{HandlerResult, Json, OrganisationGrant, RequestContext};

use crate::views::{InviteView, OrganisationView};

pub async fn get_organisation(
    ctx: RequestContext<OrganisationGrant>,
) -> HandlerResult<Json<OrganisationView>> {
    let mut view = OrganisationView::of(
        &ctx.app,
        &ctx.organisation,
        ctx.member.as_ref().map(|member| member.role),
    )
    .await?;
    if ctx.runs() || ctx.holds(Permission::OrgRead) {
        let now = ctx.now();
        view.invites = Some(
            ctx.app
                .store()
                .open_invites(ctx.organisation.id, now)
                .await?
                .iter()
                .map(|invite| InviteView::of(invite, now))
                .collect(),
        );
    }
    Ok(Json::new(view).version(ctx.organisation.version))
}
