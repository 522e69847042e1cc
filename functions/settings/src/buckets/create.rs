//! `POST /api/admin/storage/buckets`: add a storage bucket.

use provost_domain::{ApiError, storage::SecretInput, text};
use provost_http::{Body, Created, HandlerResult, RequestContext, StaffOrSystemGrant};
use provost_operations::storage::{self, NewBucket};
use provost_store::buckets::BucketCredentials;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{BucketView, place};

/// Request to add a storage bucket.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateBucket {
    /// Name for staff, at most 64 characters.
    name: String,
    /// Name of the bucket at its store.
    bucket: String,
    /// Region, as the store calls it, such as `eu-central-1` or `auto`.
    region: String,
    /// Address of the store, such as `https://objects.example.net`, without the bucket. If omitted,
    /// Amazon S3.
    #[serde(default)]
    endpoint: Option<String>,
    /// Whether the bucket is named in the path instead of the host. If omitted, yes for stores other
    /// than Amazon S3.
    #[serde(default)]
    force_path_style: Option<bool>,
    /// Key id.
    access_key_id: String,
    /// Secret. No answer contains it.
    secret_access_key: String,
    /// Reason for the audit log.
    #[serde(default)]
    reason: Option<String>,
}

pub async fn create_bucket(
    ctx: RequestContext<StaffOrSystemGrant>,
    Body(body): Body<CreateBucket>,
) -> HandlerResult<Created<BucketView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let endpoint = body.endpoint.as_deref();
    let new = NewBucket {
        name: text::line("name", &body.name, 64)?,
        place: place(&ctx, &body.bucket, &body.region, endpoint, body.force_path_style)?,
        credentials: BucketCredentials {
            access_key_id: secret("accessKeyId", &body.access_key_id)?,
            secret_access_key: secret("secretAccessKey", &body.secret_access_key)?,
        },
    };
    let change = storage::create_bucket(&ctx.op(reason), new).await?;
    ctx.complete(change, |bucket| {
        let location = format!("/api/admin/storage/buckets/{}", bucket.id);
        Created(BucketView::from(bucket), location)
    })
    .await
}

/// A secret value that has no present one.
pub fn secret(field: &str, text: &str) -> Result<String, ApiError> {
    match SecretInput::read(field, Some(Some(text)), None)? {
        SecretInput::Replace(text) => Ok(text),
        SecretInput::Keep | SecretInput::Clear => {
            Err(ApiError::field(field, "required", "This field is required."))
        }
    }
}
