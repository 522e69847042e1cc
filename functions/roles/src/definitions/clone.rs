//! `POST /v1/rbac/roles/{id}/clone`: create a custom role with the permissions of another role.

use provost_http::{Body, Created, HandlerResult, RequestContext, StaffGrant};
use provost_operations::role::{self, NewRole};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    input::{self, Named},
    views::{RoleDefinitionView, location},
};

/// Request to clone a role.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CloneRole {
    /// Name of the new role, at most 64 characters. Unique regardless of case.
    name: String,
    /// What the new role is for, at most 500 characters; that of the other role if omitted.
    #[serde(default)]
    description: Option<String>,
    /// Reason for the audit log.
    #[serde(default)]
    reason: Option<String>,
}

pub async fn clone_role(
    ctx: RequestContext<StaffGrant>,
    Body(body): Body<CloneRole>,
) -> HandlerResult<Created<RoleDefinitionView>> {
    let op = ctx.op(ctx.reason(body.reason.as_deref())?);
    let (about, permissions) = match input::role(&ctx, "id").await? {
        Named::Custom(role) => (role.description, role.permissions),
        Named::BuiltIn(role) => (None, role.permissions()),
    };
    let description = body.description.or(about);
    let new = NewRole { name: &body.name, description: description.as_deref(), permissions };
    let change = role::create_role(&op, ctx.caller.acting(), new)?;
    ctx.complete(change, |role| {
        let location = location(role.id);
        Created(RoleDefinitionView::from(role), location)
    })
    .await
}
