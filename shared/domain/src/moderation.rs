//! Moderation: the content that users register, what staff do about it, reports, and applications
//! that staff decide.

pub mod application;
pub mod content;
pub mod report;
