//! `DELETE /api/admin/system-key/{name}/{keyId}`: revoke a system key.

use provost_domain::{ApiError, SystemKeyId, system_key::is_service_name};
use provost_http::{BodyOrQuery, HandlerResult, NoContent, RequestContext, StaffGrant};
use provost_operations::system_key;
use schemars::JsonSchema;
use serde::Deserialize;

/// Request to revoke a system key.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RevokeSystemKey {
    /// Reason for the audit log.
    #[serde(default)]
    reason: Option<String>,
}

pub async fn revoke_system_key(
    ctx: RequestContext<StaffGrant>,
    BodyOrQuery(body): BodyOrQuery<RevokeSystemKey>,
) -> HandlerResult<NoContent> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let id: SystemKeyId = ctx.id("keyId", "system key")?;
    let name = ctx.param("name");
    let missing = || ApiError::missing("system key");
    let found = if is_service_name(name) { ctx.app.store().service(name).await? } else { None };
    let service = found.ok_or_else(missing)?;
    let change = system_key::revoke_system_key(&ctx.op(reason), service, id)?;
    ctx.complete(change, |()| NoContent).await
}
