//! Changes of the status of an account: each with its own operation, and one that finds it.

mod change_status;
mod set_status;
mod suspension;

pub use change_status::change_status;
pub use set_status::{WantedStatus, set_status, status_permission};
pub use suspension::{Ban, Lift, ban, expire_suspension, lift_suspension};
