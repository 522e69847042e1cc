//! Users: accounts, credentials, sessions, profiles and what staff keep about them.

pub mod account;
pub mod api_key;
pub mod device;
pub mod lockout;
pub mod new_person;
pub mod notification;
pub mod password;
pub mod principal;
pub mod profile;
pub mod profile_view;
pub mod reserved;
pub mod second_factor;
pub mod session;
pub mod ssh_key;
pub mod staff_record;
