//! `DELETE /api/admin/storage/buckets/{id}`: remove an empty storage bucket from the platform.

use provost_http::{BodyOrQuery, HandlerResult, NoContent, RequestContext, StaffOrSystemGrant};
use provost_operations::storage;
use schemars::JsonSchema;
use serde::Deserialize;

use super::named;

/// Request to remove a storage bucket.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RemoveBucket {
    /// Reason for the audit log.
    #[serde(default)]
    reason: Option<String>,
}

pub async fn delete_bucket(
    ctx: RequestContext<StaffOrSystemGrant>,
    BodyOrQuery(body): BodyOrQuery<RemoveBucket>,
) -> HandlerResult<NoContent> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let bucket = named(&ctx).await?;
    ctx.check_version(bucket.version)?;
    let change = storage::delete_bucket(&ctx.op(reason), &bucket).await?;
    ctx.complete(change, |()| NoContent).await
}
