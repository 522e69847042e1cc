//! `GET /v1/rbac/roles/{id}`: a role, custom by id or built-in by name.

use provost_http::{HandlerResult, Json, RequestContext, StaffGrant};

use crate::{
    input::{self, Named},
    views::RoleDefinitionView,
};

pub async fn get_role(ctx: RequestContext<StaffGrant>) -> HandlerResult<Json<RoleDefinitionView>> {
    let view = match input::role(&ctx, "id").await? {
        Named::Custom(role) => RoleDefinitionView::from(role),
        Named::BuiltIn(role) => RoleDefinitionView::from(role),
    };
    let version = view.version;
    Ok(Json::new(view).version(version))
}
