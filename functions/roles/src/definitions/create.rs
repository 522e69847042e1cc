//! `POST /v1/rbac/roles`: create a custom role.

use std::collections::BTreeSet;

use provost_domain::Permission;
use provost_http::{Body, Created, HandlerResult, RequestContext, StaffGrant};
use provost_operations::role::{self, NewRole};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::views::{RoleDefinitionView, location};

/// Request to create a custom role.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRole {
    /// Name, at most 64 characters. Unique regardless of case; names of built-in roles are
    /// reserved.
    name: String,
    /// What the role is for, at most 500 characters.
    #[serde(default)]
    description: Option<String>,
    /// Permissions of its holders. You must hold each of them.
    #[schemars(with = "Vec<Permission>")]
    permissions: BTreeSet<Permission>,
    /// Reason for the audit log.
    #[serde(default)]
    reason: Option<String>,
}

pub async fn create_role(
    ctx: RequestContext<StaffGrant>,
    Body(body): Body<CreateRole>,
) -> HandlerResult<Created<RoleDefinitionView>> {
    let op = ctx.op(ctx.reason(body.reason.as_deref())?);
    let description = body.description.as_deref();
    let new = NewRole { name: &body.name, description, permissions: body.permissions };
    let change = role::create_role(&op, ctx.caller.acting(), new)?;
    ctx.complete(change, |role| {
        let location = location(role.id);
        Created(RoleDefinitionView::from(role), location)
    })
    .await
}
