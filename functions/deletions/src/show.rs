//! `GET /api/admin/deletions/{id}`: one deletion request.

use provost_domain::deletion::DeletionView;
use provost_http::{Answer, Json, RequestContext, StaffGrant};

use crate::changes::{find, view};

pub(crate) async fn get_deletion(call: RequestContext<StaffGrant>) -> Answer<Json<DeletionView>> {
    let request = find(&call).await?;
    Ok(Json::new(view(&call.app, &request).await?).version(request.version))
}
