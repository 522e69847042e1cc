//! Commands on users.

pub mod import;
pub mod promote;
pub mod two_factor;
