//! Views of fraud alerts for a caller, with the staff members that they name.

use provost_api::fraud::AlertView;
use provost_app::App;
use provost_auth::Caller;
use provost_domain::{ApiError, Permission, fraud::Alert};
use provost_http::HandlerResult;

/// Alerts as this caller sees them: addresses only with `session.read`.
pub(crate) async fn views(
    app: &App,
    caller: &Caller,
    alerts: &[Alert],
) -> HandlerResult<Vec<AlertView>> {
    let staff = app.store().subjects(alerts.iter().flat_map(Alert::staff)).await?;
    let sees_addresses = caller.permissions.contains(&Permission::SessionRead);
    let named = |pseudonym| staff.get(&pseudonym).map(|subject| subject.user_id);
    Ok(alerts
        .iter()
        .map(|alert| AlertView::of(alert, named))
        .map(|view| if sees_addresses { view } else { view.without_addresses() })
        .collect())
}

/// One alert as this caller sees it.
pub(crate) async fn view(app: &App, caller: &Caller, alert: &Alert) -> HandlerResult<AlertView> {
    let views = views(app, caller, std::slice::from_ref(alert)).await?;
    Ok(views.into_iter().next().ok_or_else(|| ApiError::missing("fraud alert"))?)
}
