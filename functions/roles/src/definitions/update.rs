//! `PUT /v1/rbac/roles/{id}`: change a custom role, or show what a change would do.

use std::collections::BTreeSet;

use provost_domain::{Permission, role::RoleEdit};
use provost_http::{Body, HandlerResult, Json, RequestContext, StaffGrant};
use provost_operations::role;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use crate::{
    input,
    views::{RoleChangeView, RoleEffectView},
};

/// Request to change a custom role. What is omitted stays.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UpdateRole {
    /// Name, at most 64 characters. All holders keep the role.
    name: Option<String>,
    /// What the role is for, at most 500 characters; null removes it.
    #[serde(deserialize_with = "given")]
    description: Option<Option<String>>,
    /// Permissions of its holders. You must hold each of them, and each that the role has.
    #[schemars(with = "Option<Vec<Permission>>")]
    permissions: Option<BTreeSet<Permission>>,
    /// Whether the role gives its permissions. Holders of an inactive role keep it.
    active: Option<bool>,
    /// Whether to show what the change would do, and save nothing.
    dry_run: bool,
    /// Version that was read, as an alternative to the header `If-Match`.
    version: Option<u64>,
    /// Reason for the audit log.
    reason: Option<String>,
}

fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

pub async fn update_role(
    ctx: RequestContext<StaffGrant>,
    Body(body): Body<UpdateRole>,
) -> HandlerResult<Json<RoleChangeView>> {
    let UpdateRole { name, description, permissions, active, dry_run, version, reason } = body;
    let op = ctx.op(ctx.reason(reason.as_deref())?);
    let before = input::role(&ctx, "id").await?.custom()?;
    ctx.check_version(before.version)?;
    ctx.check_sent_version(before.version, version)?;
    let edit = RoleEdit { name, description, permissions, active };
    let change = role::update_role(&op, ctx.caller.acting(), &before, &edit)?;
    let answer = |after: provost_domain::role::Role| {
        let version = if dry_run { before.version } else { after.version };
        let change = RoleEffectView::new(&before, &after, dry_run);
        Json::new(RoleChangeView { role: after.into(), change }).version(version)
    };
    match change {
        None => Ok(answer(before.clone())),
        Some(change) if dry_run => Ok(answer(change.after)),
        Some(change) => ctx.complete(change, answer).await,
    }
}
