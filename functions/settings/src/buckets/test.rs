//! `POST /api/admin/storage/buckets/{id}/test` and `POST /api/admin/storage/test`: test a storage
//! bucket by writing, reading and removing an object.

use provost_domain::{
    RequestId,
    storage::{OUTBOUND_TESTS, Place},
};
use provost_http::{Body, HandlerResult, Json, LimitKey, RequestContext, StaffOrSystemGrant};
use provost_store::buckets::{BucketCredentials, Verdict, probe};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{create::secret, named, place};

/// Request to test a bucket without adding it.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TestConfiguration {
    /// Name of the bucket at its store.
    bucket: String,
    /// Region, as the store calls it.
    region: String,
    /// Address of the store, without the bucket. If omitted, Amazon S3.
    #[serde(default)]
    endpoint: Option<String>,
    /// Whether the bucket is named in the path instead of the host. If omitted, yes for stores other
    /// than Amazon S3.
    #[serde(default)]
    force_path_style: Option<bool>,
    /// Key id.
    access_key_id: String,
    /// Secret. It is not stored.
    secret_access_key: String,
}

/// The result of a test.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BucketTestView {
    /// Whether files can be stored in the bucket.
    ok: bool,
    /// What was found, and what to correct.
    message: String,
    /// Code that the store answered; null if there is none.
    detail: Option<String>,
    /// Duration of the test, in milliseconds.
    latency_ms: i64,
}

pub async fn test_bucket(
    ctx: RequestContext<StaffOrSystemGrant>,
) -> HandlerResult<Json<BucketTestView>> {
    count(&ctx).await?;
    let bucket = named(&ctx).await?;
    let credentials = match &bucket.credentials {
        Some(sealed) => ctx.app.keys().storage().await?.open(bucket.id, sealed)?,
        None => {
            return Ok(Json::new(BucketTestView {
                ok: false,
                message: "This bucket has no credentials. Enter a key id and a secret.".to_owned(),
                detail: None,
                latency_ms: 0,
            }));
        }
    };
    Ok(Json::new(run(&ctx, &bucket.place, &credentials).await))
}

pub async fn test_bucket_configuration(
    ctx: RequestContext<StaffOrSystemGrant>,
    Body(body): Body<TestConfiguration>,
) -> HandlerResult<Json<BucketTestView>> {
    let endpoint = body.endpoint.as_deref();
    let place = place(&ctx, &body.bucket, &body.region, endpoint, body.force_path_style)?;
    let credentials = BucketCredentials {
        access_key_id: secret("accessKeyId", &body.access_key_id)?,
        secret_access_key: secret("secretAccessKey", &body.secret_access_key)?,
    };
    count(&ctx).await?;
    Ok(Json::new(run(&ctx, &place, &credentials).await))
}

/// Counts a test, which sends requests to another server.
pub async fn count(ctx: &RequestContext<StaffOrSystemGrant>) -> HandlerResult<()> {
    ctx.count_once(OUTBOUND_TESTS, LimitKey::Caller).await
}

async fn run(
    ctx: &RequestContext<StaffOrSystemGrant>,
    place: &Place,
    credentials: &BucketCredentials,
) -> BucketTestView {
    let name = ctx.app.id(RequestId::new).to_string();
    let started = ctx.now();
    let Verdict { ok, message, detail } =
        probe(place, credentials, ctx.app.outbound(), &name, started).await;
    BucketTestView { ok, message, detail, latency_ms: ctx.now().since(started) }
}
