//! `GET /api/admin/deletions/{id}`: one deletion request.

use provost_api::DeletionView;
use provost_http::{HandlerResult, Json, RequestContext, StaffGrant};

use crate::changes::{find, view};

pub(crate) async fn get_deletion(
    ctx: RequestContext<StaffGrant>,
) -> HandlerResult<Json<DeletionView>> {
    let request = find(&ctx).await?;
    Ok(Json::new(view(&ctx.app, &request).await?).version(request.version))
}
