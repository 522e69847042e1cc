//! Operations on the keys of other services.

mod create_system_key;
mod revoke_system_key;

pub use create_system_key::{CreatedSystemKey, create_system_key};
pub use revoke_system_key::revoke_system_key;
