use provost_domain::{
    ApiError, DismissalId, Pseudonym,
    fraud::{Alert, AlertStatus, Chosen, Dismissal, dismissal::PLAN_LIFE},
};

use super::{CHANGED, resource};
use crate::{Change, Op, OperationError};

/// Plans the dismissal of the alerts that a selection matches.
///
/// # Errors
/// The store failed.
pub fn plan_dismissal(
    op: &Op<'_>,
    chosen: Chosen,
    alerts: &[Alert],
    by: Pseudonym,
) -> Result<Change<Dismissal>, OperationError> {
    let plan = Dismissal {
        id: op.app.id(DismissalId::new),
        by,
        chosen,
        alerts: alerts.iter().map(|alert| alert.id).collect(),
        expires_at: op.now.plus(PLAN_LIFE),
    };
    let mut tx = op.transaction();
    tx.plan_dismissal(&plan)?;
    Ok(Change::new(tx, plan))
}

/// Maximum number of alerts that are dismissed at once: each takes three items of a transaction,
/// which has at most one hundred.
pub const MAX_AT_ONCE: usize = 25;

/// Dismisses at most [`MAX_AT_ONCE`] alerts. The reason of the operation goes into the history of
/// each alert. Returns their number.
///
/// # Errors
/// `INVALID_ACTION` for a decided alert, `NOT_FOUND` when a user no longer exists.
pub async fn dismiss_alerts(
    op: &Op<'_>,
    alerts: &[Alert],
    plan: Option<DismissalId>,
    by: Pseudonym,
) -> Result<Change<usize>, OperationError> {
    let store = op.app.store();
    let mut tx = op.transaction();
    for alert in alerts {
        let acknowledged = store
            .alert_place(alert.user_id, alert.rule_set)
            .await?
            .map(|place| place.acknowledged)
            .unwrap_or_default();
        let mut dismissed =
            alert.clone().go(AlertStatus::Dismissed, by, op.reason.clone(), op.now)?;
        dismissed.dismissed_in = plan;
        tx.save_alert(&dismissed, true, acknowledged)?;
        let user =
            store.user(alert.user_id).await?.ok_or_else(|| ApiError::missing("fraud alert"))?;
        tx.audit(op.entry("fraud.alert_dismissed", resource(&dismissed, &user)))?;
    }
    Ok(Change::new(tx, alerts.len()).decided_again_on(&CHANGED))
}
