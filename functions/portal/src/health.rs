//! `GET /api/health`: check whether the API works, for a load balancer or a monitor. It reads the
//! accounts table once, as every other request does first.

use provost_domain::{ApiError, Code};
use provost_http::{HandlerResult, Json, PublicGrant, RequestContext};
use schemars::JsonSchema;
use serde::Serialize;

/// Health of the API.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// Always `ok`. If the tables cannot be read, the answer is 503.
    status: &'static str,
    /// Version of this release.
    version: &'static str,
}

/// Reads the accounts table once.
pub async fn get_health(ctx: RequestContext<PublicGrant>) -> HandlerResult<Json<Health>> {
    ctx.app.store().warm().await.map_err(|_| {
        ApiError::new(Code::Unavailable, "The database cannot be read. Try again in a moment.")
    })?;
    Ok(Json::new(Health { status: "ok", version: env!("CARGO_PKG_VERSION") }))
}
