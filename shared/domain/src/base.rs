//! What the other modules are made of: ids, time, text, contacts and errors.

pub mod address;
pub mod contact;
pub mod ids;
pub mod page;
pub mod refusal;
pub mod secret;
pub mod text;
pub mod time;
