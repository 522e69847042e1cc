//! `GET /api/admin/fraud-alerts/{id}`: one alert.

use provost_domain::fraud::{Alert, AlertView};
use provost_http::{Answer, Json, RequestContext, StaffOwnerGrant};

use crate::find;

pub async fn get_fraud_alert(call: RequestContext<StaffOwnerGrant<Alert>>) -> Answer<Json<AlertView>> {
    Ok(Json::new(find::view(&call.app, &call.caller, &call.thing).await?).version(call.thing.version))
}
