//! Moderation: the registry of content, its flags, and evidence; reports and applications.

pub mod applications;
pub mod contents;
pub mod evidence;
pub mod flags;
pub mod reports;
