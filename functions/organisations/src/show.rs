//! `GET /api/organisations/{id}`: get an organisation, for its admins and owner with its open invitations.

use provost_domain::Permission;
use provost_http::{Answer, Json, OrganisationGrant, RequestContext};

use crate::views::{InviteView, OrganisationView};

pub async fn get_organisation(call: RequestContext<OrganisationGrant>) -> Answer<Json<OrganisationView>> {
    let mut view = OrganisationView::of(&call.app, &call.organisation, call.member.as_ref().map(|member| member.role)).await?;
    if call.runs() || call.holds(Permission::OrgRead) {
        let now = call.now();
        view.invites = Some(
            call.app.store().open_invites(call.organisation.id, now).await?.iter().map(|invite| InviteView::of(invite, now)).collect(),
        );
    }
    Ok(Json::new(view).version(call.organisation.version))
}
