//! `GET /api/admin/fraud-alerts/{id}`: one alert.

use provost_domain::fraud::{Alert, AlertView};
use provost_http::{Answer, Call, Json, OwnedGrant};

use crate::find;

pub async fn get_fraud_alert(call: Call<OwnedGrant<Alert>>) -> Answer<Json<AlertView>> {
    Ok(Json::new(find::view(&call.app, &call.caller, &call.thing).await?).version(call.thing.version))
}
