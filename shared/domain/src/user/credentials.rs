//! What a user signs in with, and what a sign-in leaves: sessions, known devices, failures.

pub mod api_key;
pub mod device;
mod live_key;
pub mod lockout;
pub mod password;
pub mod second_factor;
pub mod session;
pub mod ssh_key;
