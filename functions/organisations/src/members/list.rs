//! `GET /api/organisations/{id}/users`: list the members of an organisation.

use provost_domain::Permission;
use provost_http::{HandlerResult, Json, List, OrganisationGrant, Paging, Query, RequestContext};

use crate::views::MemberView;

pub async fn list_organisation_members(
    ctx: RequestContext<OrganisationGrant>,
    Query(paging): Query<Paging>,
) -> HandlerResult<Json<List<MemberView>>> {
    let request = ctx.page_request(&paging).await?;
    let store = ctx.app.store();
    let page = store.members(&ctx.organisation, &request).await?;
    let people = store.users_of(page.rows.iter().map(|member| member.member_id)).await?;
    let addresses = ctx.runs() || ctx.holds(Permission::OrgRead);
    let page = page.map(|member| {
        let person = people.get(&member.member_id);
        MemberView {
            user_id: member.member_id,
            name: person.map(provost_domain::User::name),
            email: person.filter(|_| addresses).map(|person| person.email.clone()),
            role: member.role,
            joined_at: member.joined_at,
            redacted: if addresses { Vec::new() } else { vec!["email"] },
        }
    });
    Ok(Json::new(ctx.list(page, &request).await?))
}
