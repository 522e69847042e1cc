//! `GET /v1/rbac/roles`: list the roles.

use provost_domain::{BuiltInRole, page::Page};
use provost_http::{HandlerResult, Json, Paging, Query, RequestContext, SnakeList, StaffGrant};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::views::RoleDefinitionView;

/// Kind of role, and page of the list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleQuery {
    /// Kind of role. Default: `custom`.
    #[serde(default)]
    kind: RoleKind,
    /// Page number, starting at 1. Not together with `cursor`.
    #[serde(default)]
    #[schemars(range(min = 1))]
    page: Option<u32>,
    /// Items per page, 1 to 200; 25 by default.
    #[serde(default)]
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
    /// `next_cursor` of the previous page. Not together with `page`.
    #[serde(default)]
    cursor: Option<String>,
}

/// Kind of role.
#[derive(Debug, Default, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum RoleKind {
    /// Roles that staff define.
    #[default]
    Custom,
    /// Roles that cannot be changed, lowest first.
    BuiltIn,
}

pub async fn list_roles(
    ctx: RequestContext<StaffGrant>,
    Query(query): Query<RoleQuery>,
) -> HandlerResult<Json<SnakeList<RoleDefinitionView>>> {
    let RoleQuery { kind, page, limit, cursor } = query;
    let paging = Paging { page, limit: Some(limit.unwrap_or(25)), cursor };
    let request = ctx.page_request(&paging).await?;
    let page = match kind {
        RoleKind::Custom => ctx.app.store().roles(&request).await?.map(RoleDefinitionView::from),
        RoleKind::BuiltIn => {
            Page::of(BuiltInRole::ALL.to_vec(), &request).map(RoleDefinitionView::from)
        }
    };
    Ok(Json::new(ctx.list(page, &request).await?.into()))
}
