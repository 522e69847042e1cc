//! `GET /api/admin/fraud-alerts/{id}`: one alert.

use provost_api::fraud::AlertView;
use provost_domain::fraud::Alert;
use provost_http::{HandlerResult, Json, RequestContext, StaffOwnerGrant};

use crate::find;

pub async fn get_fraud_alert(
    ctx: RequestContext<StaffOwnerGrant<Alert>>,
) -> HandlerResult<Json<AlertView>> {
    Ok(Json::new(find::view(&ctx.app, &ctx.caller, &ctx.thing).await?).version(ctx.thing.version))
}
