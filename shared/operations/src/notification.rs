//! Operations on the notifications in a user's mailbox.

mod mark;

pub use mark::mark;
