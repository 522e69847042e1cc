//! `GET /api/organisations/{id}/users`: list the members of an organisation.

use provost_domain::Permission;
use provost_http::{Answer, Json, List, OrganisationGrant, Paging, Query, RequestContext};

use crate::views::MemberView;

pub async fn list_organisation_members(
    call: RequestContext<OrganisationGrant>,
    Query(paging): Query<Paging>,
) -> Answer<Json<List<MemberView>>> {
    let request = call.page_request(&paging).await?;
    let store = call.app.store();
    let page = store.members(&call.organisation, &request).await?;
    let people = store.principals_of(page.rows.iter().map(|member| member.member_id)).await?;
    let addresses = call.runs() || call.holds(Permission::OrgRead);
    let page = page.map(|member| {
        let person = people.get(&member.member_id);
        MemberView {
            user_id: member.member_id,
            name: person.map(provost_domain::Principal::name),
            email: person.filter(|_| addresses).map(|person| person.email.clone()),
            role: member.role,
            joined_at: member.joined_at,
            redacted: if addresses { Vec::new() } else { vec!["email"] },
        }
    });
    Ok(Json::new(call.list(page, &request).await?))
}
