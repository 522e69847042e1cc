//! Operations on the settings of the platform.

mod change_setting;

pub use change_setting::change_setting;
