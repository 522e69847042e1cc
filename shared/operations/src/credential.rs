//! Operations on what a user proves their identity with: API keys, SSH keys, the password and the
//! second factor.

mod add_ssh_key;
mod check_code;
mod confirm_two_factor;
mod create_api_key;
mod delete_api_key;
mod delete_ssh_key;
mod disable_two_factor;
mod end_earlier;
mod force_password_reset;
mod password_policy;
mod request_password_reset;
mod reset_password;
mod start_two_factor;

pub use add_ssh_key::{NewSshKey, add_ssh_key};
pub use check_code::{CodeCheck, UsedCode, check_code, check_step};
pub use confirm_two_factor::{ConfirmedFactor, confirm_two_factor};
pub use create_api_key::{CreatedApiKey, NewApiKey, create_api_key};
pub use delete_api_key::delete_api_key;
pub use delete_ssh_key::delete_ssh_key;
pub use disable_two_factor::disable_two_factor;
pub(crate) use end_earlier::{end_earlier, note_ended};
pub use force_password_reset::{ForcedReset, force_password_reset};
pub use password_policy::password_policy;
pub use request_password_reset::request_password_reset;
pub use reset_password::reset_password;
pub use start_two_factor::{StartedFactor, start_two_factor};
