//! Fraud: what looks wrong about an account, said by small rules, and what staff make of it.
//!
//! A scan takes a snapshot of what the platform knows of a person ([`Features`]), asks every rule that is on, and adds up what they say. From a certain score on, the account gets an
//! [`Alert`], at most one at a time for each version of the rules.

pub mod alert;
pub mod alert_view;
pub mod dismissal;
pub mod disposable;
pub mod features;
pub mod occasion;
pub mod rules;
pub mod settled;
pub mod signal;
pub mod sweep;
pub mod sweep_view;

pub use alert::{Alert, AlertStatus, Event, EventKind};
pub use alert_view::{AlertView, EventView};
pub use dismissal::{Chosen, Dismissal, Filter};
pub use features::{Attempt, Features};
pub use rules::{Rule, RuleSet, RuleSetting};
pub use settled::Settled;
pub use signal::{HIGHEST, Signal, examine, score};
pub use sweep::{Sweep, SweepStatus};
pub use sweep_view::{JobView, SweepView};

/// Accounts count as sharing an address or a device when they used it within this time, in milliseconds.
pub const WINDOW: i64 = 7 * crate::time::DAY;
