//! `GET /api/admin/storage/buckets/{id}`: get a storage bucket.

use provost_http::{HandlerResult, Json, RequestContext, StaffOrSystemGrant};

use super::{BucketView, named};

pub async fn get_bucket(
    ctx: RequestContext<StaffOrSystemGrant>,
) -> HandlerResult<Json<BucketView>> {
    let bucket = named(&ctx).await?;
    let version = bucket.version;
    Ok(Json::new(BucketView::from(bucket)).version(version))
}
