//! `POST /api/admin/system-key`: create a system key. It is shown only in this answer.

use std::collections::BTreeSet;

use provost_domain::{
    ApiError, Permission,
    system_key::{LiveSystemKey, Service, service_name},
};
use provost_http::{Body, Created, HandlerResult, RequestContext, StaffGrant};
use provost_operations::system_key::{self, CreatedSystemKey};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::views::NewSystemKeyView;

/// Request to create a system key.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateSystemKey {
    /// Name of the service that uses the key: 2 to 32 lower-case letters, digits and hyphens. The
    /// audit log names it as the actor.
    name: String,
    /// What the key may do, at least one permission. You must hold each of them.
    #[schemars(with = "Vec<Permission>")]
    scopes: BTreeSet<Permission>,
    /// Reason for the audit log.
    #[serde(default)]
    reason: Option<String>,
}

pub async fn create_system_key(
    ctx: RequestContext<StaffGrant>,
    Body(body): Body<CreateSystemKey>,
) -> HandlerResult<Created<NewSystemKeyView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let name = service_name(&body.name)?;
    if body.scopes.is_empty() {
        return Err(ApiError::field(
            "scopes",
            "required",
            "A system key needs at least one scope. Name the permissions that the service uses.",
        )
        .into());
    }
    let service = ctx.app.store().service(&name).await?.unwrap_or_else(|| Service::new(name));
    let (op, maker) = (ctx.op(reason), ctx.caller.acting());
    let change = system_key::create_system_key(&op, maker, service, body.scopes)?;
    ctx.complete(change, |CreatedSystemKey { id, service: name, described, key }| {
        let LiveSystemKey { prefix, scopes, created_at, .. } = described;
        // A single key has no URL.
        Created(
            NewSystemKeyView { id, name, key, prefix, scopes, created_at },
            "/api/admin/system-key".to_owned(),
        )
    })
    .await
}
