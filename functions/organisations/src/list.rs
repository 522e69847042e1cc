//! `GET /api/organisations`: list the signed-in user's organisations.

use provost_domain::page::Page;
use provost_http::{Answer, Json, List, Paging, Query, RequestContext, SignedInGrant};

use crate::views::OrganisationView;

pub async fn list_organisations(call: RequestContext<SignedInGrant>, Query(paging): Query<Paging>) -> Answer<Json<List<OrganisationView>>> {
    let request = call.page_request(&paging).await?;
    let store = call.app.store();
    // In the order of the ids, which is that of founding.
    let Page { rows, total, next } = store.memberships_page(call.caller.principal.user_id, &request).await?;
    let organisations = store.organisations(rows.iter().map(|member| member.organisation_id)).await?;
    let mut views = Vec::new();
    for member in rows {
        if let Some(organisation) = organisations.get(&member.organisation_id) {
            views.push(OrganisationView::of(&call.app, organisation, Some(member.role)).await?);
        }
    }
    Ok(Json::new(call.list(Page { rows: views, total, next }, &request).await?))
}
