//! Operations on email, and how emails are written.

mod broadcasts;
mod compose;
mod lift_suppression;
mod save_template;
mod send_message;
mod set_subscription;

pub use broadcasts::{
    BroadcastRequest, cancel_broadcast, is_authorised, miss_broadcast, resume_broadcast,
    send_due_broadcast, start_broadcast,
};
pub use compose::{Design, first_name, general_values, language_of};
pub use lift_suppression::lift_suppression;
pub use save_template::save_template;
pub use send_message::{MAX_RECIPIENTS, QueuedMessage, send_message};
pub use set_subscription::set_subscription;
