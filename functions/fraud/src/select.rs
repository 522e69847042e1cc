//! The alerts that a selection for dismissal matches right now, and those that cannot be dismissed.

use provost_app::App;
use provost_auth::Caller;
use provost_domain::{
    AlertId, ApiError,
    fraud::{Alert, Chosen, dismissal::MAX},
    rank::check_staff_rank,
};
use provost_http::HandlerResult;
use schemars::JsonSchema;
use serde::Serialize;

/// A selected alert that cannot be dismissed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Blocked {
    /// Fraud alert id.
    pub id: AlertId,
    /// Why the alert cannot be dismissed.
    pub why: String,
}

/// The result of a selection.
#[derive(Debug, Default)]
pub struct Selection {
    /// Alerts that can be dismissed, newest first.
    pub alerts: Vec<Alert>,
    /// Alerts that cannot be dismissed.
    pub blocked: Vec<Blocked>,
    /// The first error about rank among them.
    pub by_rank: Option<ApiError>,
}

/// Evaluates a filter. Alerts about the caller, and about staff members who are not below the
/// caller in rank, are blocked.
///
/// # Errors
/// `VALIDATION_FAILED` for a filter that matches more alerts than one dismissal can have.
pub async fn find(app: &App, caller: &Caller, chosen: &Chosen) -> HandlerResult<Selection> {
    match chosen {
        Chosen::Ids(ids) => named(app, caller, ids).await,
        Chosen::Unknown(_) => Err(ApiError::invalid_action(
            "This version does not know the selection of this plan. Create a new plan.",
            &[],
        )
        .into()),
        Chosen::Filter(filter) => {
            let most = u32::try_from(MAX + 1).unwrap_or(u32::MAX);
            let alerts = app.store().alerts_waiting(filter, most).await?;
            match alerts.get(MAX) {
                Some(beyond) => Err(too_many(beyond).into()),
                None => {
                    within_rank(app, caller, Selection { alerts, ..Selection::default() }).await
                }
            }
        }
    }
}

/// The error for too many alerts, with a way to dismiss them in parts, newest first.
fn too_many(beyond: &Alert) -> ApiError {
    let after = beyond.created_at;
    let detail = format!(
        "This filter matches more than {MAX} alerts. Narrow it, for example with `createdAfter` {after} for the newest of them."
    );
    ApiError::field("filter", "too_many", detail).with("createdAfter", after.to_string())
}

/// Selects alerts by id.
pub async fn named(app: &App, caller: &Caller, ids: &[AlertId]) -> HandlerResult<Selection> {
    let found = app.store().alerts_by_id(ids).await?;
    let mut selection = Selection::default();
    for id in ids {
        if !found.iter().any(|alert| alert.id == *id)
            && !selection.blocked.iter().any(|blocked| blocked.id == *id)
        {
            selection
                .blocked
                .push(Blocked { id: *id, why: "This alert does not exist.".to_owned() });
        }
    }
    for alert in found {
        if alert.status.is_live() {
            selection.alerts.push(alert);
        } else {
            selection.blocked.push(Blocked {
                id: alert.id,
                why: format!("This alert is {}. This status is final.", alert.status.as_str()),
            });
        }
    }
    within_rank(app, caller, selection).await
}

/// Blocks alerts about the caller, or about a staff member who is not below the caller in rank.
async fn within_rank(app: &App, caller: &Caller, selection: Selection) -> HandlerResult<Selection> {
    let Selection { alerts, mut blocked, mut by_rank } = selection;
    let people = app.store().users_of(alerts.iter().map(|alert| alert.user_id)).await?;
    let mut allowed = Vec::new();
    for alert in alerts {
        match people.get(&alert.user_id).map(|person| check_staff_rank(caller.acting(), person)) {
            Some(Err(refused)) => {
                blocked.push(Blocked { id: alert.id, why: refused.detail.clone() });
                by_rank.get_or_insert(refused);
            }
            _ => allowed.push(alert),
        }
    }
    Ok(Selection { alerts: allowed, blocked, by_rank })
}
