//! `PUT /api/admin/storage/buckets/{id}`: replace the configuration of a storage bucket.

use provost_domain::{storage::SecretInput, text};
use provost_http::{Body, HandlerResult, Json, RequestContext, StaffOrSystemGrant};
use provost_operations::storage::{self, BucketChange};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de::IgnoredAny};

use super::{BucketView, named, place};

/// Request to replace the configuration of a storage bucket.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateBucket {
    /// Name for staff, at most 64 characters.
    name: String,
    /// Name of the bucket at its store.
    bucket: String,
    /// Region, as the store calls it.
    region: String,
    /// Address of the store, without the bucket; null or omitted for Amazon S3. If it changes, enter
    /// the secret again.
    #[serde(default)]
    endpoint: Option<String>,
    /// Whether the bucket is named in the path instead of the host. If omitted, yes for stores other
    /// than Amazon S3.
    #[serde(default)]
    force_path_style: Option<bool>,
    /// Key id. If omitted, empty, or the masked value of the answer, it stays as it is; null clears
    /// it.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<String>")]
    access_key_id: Option<Option<String>>,
    /// Secret. If omitted or empty, it stays as it is; null clears it.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<String>")]
    secret_access_key: Option<Option<String>>,
    /// Read-only, ignored, so that the answer of the GET can be sent back.
    #[serde(default, rename = "id")]
    #[schemars(with = "Option<serde_json::Value>")]
    _id: Option<IgnoredAny>,
    /// Read-only, ignored, so that the answer of the GET can be sent back.
    #[serde(default, rename = "users")]
    #[schemars(with = "Option<serde_json::Value>")]
    _users: Option<IgnoredAny>,
    /// Read-only, ignored, so that the answer of the GET can be sent back.
    #[serde(default, rename = "organisations")]
    #[schemars(with = "Option<serde_json::Value>")]
    _organisations: Option<IgnoredAny>,
    /// Read-only, ignored, so that the answer of the GET can be sent back.
    #[serde(default, rename = "createdAt")]
    #[schemars(with = "Option<serde_json::Value>")]
    _created_at: Option<IgnoredAny>,
    /// Read-only, ignored, so that the answer of the GET can be sent back.
    #[serde(default, rename = "updatedAt")]
    #[schemars(with = "Option<serde_json::Value>")]
    _updated_at: Option<IgnoredAny>,
    /// Version of the bucket that was read. If it has another one, the change is refused, as with
    /// `If-Match`.
    #[serde(default)]
    version: Option<u64>,
    /// Reason for the audit log.
    #[serde(default)]
    reason: Option<String>,
}

/// A field that is present, whether or not it is null.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

pub async fn update_bucket(
    ctx: RequestContext<StaffOrSystemGrant>,
    Body(body): Body<UpdateBucket>,
) -> HandlerResult<Json<BucketView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let before = named(&ctx).await?;
    ctx.check_version(before.version)?;
    ctx.check_sent_version(before.version, body.version)?;
    let present = before.credentials.is_some().then_some(before.key_hint.as_str());
    let read = |field, value: &Option<Option<String>>, present| {
        SecretInput::read(field, value.as_ref().map(Option::as_deref), present)
    };
    let endpoint = body.endpoint.as_deref();
    let change = BucketChange {
        name: text::line("name", &body.name, 64)?,
        place: place(&ctx, &body.bucket, &body.region, endpoint, body.force_path_style)?,
        access_key_id: read("accessKeyId", &body.access_key_id, present)?,
        secret_access_key: read("secretAccessKey", &body.secret_access_key, None)?,
    };
    let show = |bucket: provost_domain::storage::Bucket| {
        let version = bucket.version;
        Json::new(BucketView::from(bucket)).version(version)
    };
    match storage::change_bucket(&ctx.op(reason), &before, change).await? {
        Some(change) => ctx.complete(change, show).await,
        None => Ok(show(before)),
    }
}
