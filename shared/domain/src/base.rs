//! What the other modules are made of: ids, time, text, contacts and errors.

pub mod address;
pub mod consistency;
pub mod contact;
pub mod ids;
pub mod page;
pub mod refusal;
pub mod secret;
pub mod stored_enum;
pub mod text;
pub mod time;
pub mod time_zone;
