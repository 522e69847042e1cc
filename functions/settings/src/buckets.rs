//! Storage buckets: the view, and what the routes share.

pub mod create;
pub mod list;
pub mod remove;
pub mod show;
pub mod test;
pub mod update;

use provost_domain::{
    ApiError, BucketId, Timestamp,
    storage::{Bucket, Place},
};
use provost_http::{HandlerResult, RequestContext, StaffOrSystemGrant};
use schemars::JsonSchema;
use serde::Serialize;

/// A storage bucket, without its secret.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BucketView {
    /// Bucket id.
    id: BucketId,
    /// Name for staff.
    name: String,
    /// Name of the bucket at its store.
    bucket: String,
    /// Region, as the store calls it.
    region: String,
    /// Origin of the store; null for Amazon S3.
    endpoint: Option<String>,
    /// Whether the bucket is named in the path instead of the host.
    force_path_style: bool,
    /// Masked key id: its first four characters. Null if the credentials were cleared.
    access_key_id: Option<String>,
    /// Number of users whose new files are stored here.
    users: u64,
    /// Number of organisations whose new files are stored here.
    organisations: u64,
    /// Time of creation.
    created_at: Timestamp,
    /// Time of the last change.
    updated_at: Timestamp,
    /// Version, increased by every change.
    version: u64,
}

impl From<Bucket> for BucketView {
    fn from(bucket: Bucket) -> Self {
        let Bucket {
            id,
            name,
            place: Place { bucket: at, region, endpoint, force_path_style },
            credentials,
            key_hint,
            users,
            organisations,
            ever_assigned: _,
            handed_to: _,
            created_at,
            updated_at,
            version,
        } = bucket;
        Self {
            id,
            name,
            bucket: at,
            region,
            endpoint,
            force_path_style,
            access_key_id: credentials.map(|_| key_hint),
            users,
            organisations,
            created_at,
            updated_at,
            version,
        }
    }
}

/// The bucket in the path.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn named(ctx: &RequestContext<StaffOrSystemGrant>) -> HandlerResult<Bucket> {
    let id: BucketId = ctx.id("id", "bucket")?;
    Ok(ctx.app.store().bucket(id).await?.ok_or_else(|| ApiError::missing("bucket"))?)
}

/// Checks a place that somebody entered, also against the rules for outbound requests.
///
/// # Errors
/// `VALIDATION_FAILED` on the field.
pub fn place(
    ctx: &RequestContext<StaffOrSystemGrant>,
    bucket: &str,
    region: &str,
    endpoint: Option<&str>,
    force_path_style: Option<bool>,
) -> Result<Place, ApiError> {
    let place = Place::parse(bucket, region, endpoint, force_path_style)?;
    if let Some(endpoint) = &place.endpoint {
        ctx.app.outbound().check(endpoint).map_err(|refused| refused.at("endpoint"))?;
    }
    Ok(place)
}
