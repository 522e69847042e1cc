//! Operations on sign-ins and sessions.

mod attempt;
mod end_session;
mod failed_sign_in;
mod refresh;
mod second_factor_rule;
mod sign_in;

pub use attempt::{begin_attempt, begin_unknown_attempt, end_attempt};
pub use end_session::{end_all_sessions, end_session, revoke_session};
pub use failed_sign_in::{record_locked_sign_in, record_unknown_sign_in};
pub use refresh::{RefreshOutcome, Refreshed, refresh};
pub use second_factor_rule::apply_second_factor_rule;
pub use sign_in::{NewSession, SignIn, SignedIn, Unusable, sign_in};
