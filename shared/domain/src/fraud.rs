//! Fraud detection: rules that examine an account, and alerts for staff to decide.
//!
//! A scan takes a snapshot of what the platform knows about a user ([`Features`]), evaluates every
//! enabled rule and adds up the scores. From a threshold score, the account gets an [`Alert`], at
//! most one at a time for each version of the rules.

pub mod acknowledged;
pub mod alert;
pub mod dismissal;
pub mod disposable;
pub mod features;
pub mod full_scan;
pub mod outcome;
pub mod rules;
pub mod scan_triggers;
pub mod signal;

pub use acknowledged::Acknowledged;
pub use alert::{Alert, AlertStatus, Event, EventKind};
pub use dismissal::{Chosen, Dismissal, Filter};
pub use features::{Attempt, Features};
pub use full_scan::{FraudScanStatus, FullScan};
pub use outcome::ScanOutcome;
pub use rules::{Rule, RuleSet, RuleSetting};
pub use signal::{HIGHEST, Signal, examine, score};

/// Accounts count as sharing an address or a device when they used it within this time, in
/// milliseconds.
pub const WINDOW: i64 = 7 * crate::time::DAY;
