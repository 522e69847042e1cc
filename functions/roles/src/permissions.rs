//! `GET /v1/rbac/permissions`: the catalogue of permissions.

use provost_domain::{BuiltInRole, Permission, page::Page};
use provost_http::{
    HandlerResult, Json, Paging, Query, RequestContext, SnakeList, SnakePaging, StaffGrant,
};
use schemars::JsonSchema;
use serde::Serialize;

/// A permission of the catalogue.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PermissionView {
    /// Name of the permission.
    name: Permission,
    /// What the permission allows.
    description: &'static str,
    /// Built-in roles that have it, lowest first.
    built_in_roles: Vec<BuiltInRole>,
    /// Whether you hold it, and may therefore grant it.
    grantable: bool,
}

pub async fn list_permissions(
    ctx: RequestContext<StaffGrant>,
    Query(paging): Query<SnakePaging>,
) -> HandlerResult<Json<SnakeList<PermissionView>>> {
    let request = ctx.page_request(&Paging::from(paging)).await?;
    let view = |permission: Permission| PermissionView {
        name: permission,
        description: permission.about(),
        built_in_roles: BuiltInRole::ALL
            .into_iter()
            .filter(|role| role.permissions().contains(&permission))
            .collect(),
        grantable: ctx.caller.permissions.contains(&permission),
    };
    let page = Page::of(Permission::ALL.to_vec(), &request);
    Ok(Json::new(ctx.list(page.map(view), &request).await?.into()))
}
