//! The alert that a path names, whose it is, and how it is shown with the staff that it names.

use provost_app::App;
use provost_domain::{
    AlertId, Refused,
    audit::Resource,
    fraud::{Alert, AlertView},
};
use provost_http::{Answer, Call, Problem, Staff};
use provost_store::fraud::{ALERT, PLACE};

/// The alert of the path's `{id}`.
///
/// # Errors
/// `NOT_FOUND`.
pub(crate) async fn alert(call: &Call<Staff>) -> Answer<Alert> {
    let id: AlertId = call.id("id", "fraud alert")?;
    Ok(call.app.store().alert(id).await?.ok_or_else(|| Refused::missing("fraud alert"))?)
}

/// The alert as the audit log names it, sealed under the key of the person it is about.
///
/// # Errors
/// `NOT_FOUND` when they have been erased in this very moment.
pub(crate) async fn resource(app: &App, alert: &Alert) -> Answer<Resource> {
    let owner = app.store().principal(alert.user_id).await?.ok_or_else(|| Refused::missing("fraud alert"))?;
    Ok(Resource::Owned { kind: "fraud_alert", id: alert.id.to_string(), owner: owner.subject() })
}

/// Alerts as staff see them.
pub(crate) async fn views(app: &App, alerts: &[Alert]) -> Answer<Vec<AlertView>> {
    let staff = app.store().subjects(alerts.iter().flat_map(Alert::staff)).await?;
    Ok(alerts.iter().map(|alert| alert.view(|pseudonym| staff.get(&pseudonym).map(|subject| subject.user_id))).collect())
}

/// One alert as staff see it.
pub(crate) async fn view(app: &App, alert: &Alert) -> Answer<AlertView> {
    let staff = app.store().subjects(alert.staff()).await?;
    Ok(alert.view(|pseudonym| staff.get(&pseudonym).map(|subject| subject.user_id)))
}

/// Somebody else changed the same alert since it was read: the request is decided anew.
pub(crate) fn collided(problem: Problem) -> Problem {
    match problem {
        Problem::Failed { action: ALERT | PLACE, .. } => Problem::Collision,
        other => other,
    }
}
