//! `GET /api/admin/fraud-alerts/{id}`: one alert.

use provost_domain::fraud::AlertView;
use provost_http::{Answer, Call, Json, Staff};

use crate::find;

pub async fn show(call: Call<Staff>) -> Answer<Json<AlertView>> {
    let alert = find::alert(&call).await?;
    Ok(Json::new(find::view(&call.app, &alert).await?).version(alert.version))
}
