//! `GET /api/organisations`: list the signed-in user's organisations.

use provost_domain::page::Page;
use provost_http::{HandlerResult, Json, List, Paging, Query, RequestContext, SignedInGrant};

use crate::views::OrganisationView;

pub async fn list_organisations(
    ctx: RequestContext<SignedInGrant>,
    Query(paging): Query<Paging>,
) -> HandlerResult<Json<List<OrganisationView>>> {
    let request = ctx.page_request(&paging).await?;
    let store = ctx.app.store();
    // Ordered by id, which is the order of creation.
    let Page { rows, total, next } =
        store.memberships_page(ctx.caller.user.user_id, &request).await?;
    let organisations =
        store.organisations(rows.iter().map(|member| member.organisation_id)).await?;
    let mut views = Vec::new();
    for member in rows {
        if let Some(organisation) = organisations.get(&member.organisation_id) {
            views.push(OrganisationView::of(&ctx.app, organisation, Some(member.role)).await?);
        }
    }
    Ok(Json::new(ctx.list(Page { rows: views, total, next }, &request).await?))
}
