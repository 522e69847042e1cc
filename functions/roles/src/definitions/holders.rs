//! `GET /v1/rbac/roles/{id}/users`: the users who hold a custom role.

use provost_http::{
    HandlerResult, Json, Paging, Query, RequestContext, SnakeList, SnakePaging, StaffGrant,
};

use crate::{input, views::RoleHolderView};

pub async fn list_role_holders(
    ctx: RequestContext<StaffGrant>,
    Query(paging): Query<SnakePaging>,
) -> HandlerResult<Json<SnakeList<RoleHolderView>>> {
    let request = ctx.page_request(&Paging::from(paging)).await?;
    let role = input::custom_role(&ctx).await?;
    let page = ctx.app.store().role_holders(&role, &request).await?;
    let view = page.map(|holder| RoleHolderView { user_id: holder.user_id, since: holder.since });
    Ok(Json::new(ctx.list(view, &request).await?.into()))
}
