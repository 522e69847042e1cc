//! `GET /api/organisations`: the organisations that the signed-in person belongs to.

use provost_domain::page::Page;
use provost_http::{Answer, Call, Json, List, Paging, Person, Query};

use crate::views::OrganisationView;

pub async fn list(call: Call<Person>, Query(paging): Query<Paging>) -> Answer<Json<List<OrganisationView>>> {
    let request = call.page_request(&paging).await?;
    let store = call.app.store();
    // In the order of the ids, which is that of founding.
    let memberships = store.memberships(call.caller.principal.user_id).await?;
    let organisations = store.organisations(memberships.iter().map(|member| member.organisation_id)).await?;
    let there = memberships.into_iter().filter(|member| organisations.contains_key(&member.organisation_id)).collect();
    let Page { rows, total, next } = Page::of(there, &request);
    let mut views = Vec::new();
    for member in rows {
        if let Some(organisation) = organisations.get(&member.organisation_id) {
            views.push(OrganisationView::of(&call.app, organisation, Some(member.role)).await?);
        }
    }
    Ok(Json::new(call.list(Page { rows: views, total, next }, &request).await?))
}
