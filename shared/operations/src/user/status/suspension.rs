//! Suspensions and bans of accounts.

mod ban;
mod expire_suspension;
mod lift_suspension;

pub use ban::{Ban, ban};
pub use expire_suspension::expire_suspension;
pub use lift_suspension::{Lift, lift_suspension};
