//! `GET /v1/jobs/{id}`: how far a job has come that the caller began. Today's jobs are the scans of every account.

use provost_domain::{
    FraudSweepId, Permission, Refused,
    fraud::{Sweep, SweepView},
};
use provost_fraud::watch;
use provost_http::{Answer, Call, Json, Person};

pub async fn show_job(call: Call<Person>) -> Answer<Json<SweepView>> {
    let id: FraudSweepId = call.id("id", "job")?;
    // Somebody else's job, or one that the caller may not begin any more, does not exist for them.
    let own =
        |sweep: &Sweep| sweep.requested_by == call.caller.principal.pseudonym && call.caller.permissions.contains(&Permission::FraudScan);
    let sweep = call.app.store().sweep(id).await?.filter(own).ok_or_else(|| Refused::missing("job"))?;
    Ok(Json::new(watch::view(&call.app, &sweep).await?))
}
