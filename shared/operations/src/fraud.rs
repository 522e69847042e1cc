//! Operations on fraud rules, scans and alerts.

mod dismiss_alerts;
mod replace_rules;
mod scan_account;
mod start_full_scan;
mod update_alert;

pub use dismiss_alerts::{MAX_AT_ONCE, dismiss_alerts, plan_dismissal};
pub use replace_rules::replace_rules;
pub use scan_account::{ScanMode, Scanned, request_scan, scan_account};
pub use start_full_scan::{FullScanStart, start_full_scan};
pub use update_alert::{AlertUpdate, update_alert};

use provost_domain::{User, audit::Resource, fraud::Alert};
use provost_store::Conflict;

/// The alert has changed since it was read, by another scan or a decision.
const CHANGED: [Conflict; 2] = [Conflict::FraudAlert, Conflict::OpenFraudAlert];

/// The alert as the audit log names it, encrypted with the key of its user.
fn resource(alert: &Alert, user: &User) -> Resource {
    Resource::Owned { kind: "fraud_alert", id: alert.id.to_string(), owner: user.subject() }
}
