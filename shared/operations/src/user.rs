//! Operations on the account of a user.

mod ban;
mod change_role;
mod lift_suspension;
mod remaining_root;
mod turn_off_two_factor;

pub use ban::{Ban, ban};
pub use change_role::change_role;
pub use lift_suspension::{Lift, lift_suspension};
pub use remaining_root::{require_remaining_root, require_remaining_root_besides};
pub use turn_off_two_factor::turn_off_two_factor;
