//! Requests to the portal's pages: session, forms, responses, and the table of pages.

pub mod acting;
pub mod answer;
pub mod assets;
pub mod entry;
pub mod fields;
pub mod pages;
pub mod request;
pub mod return_path;
pub mod session;
pub mod visit;

/// Where people sign in.
pub const SIGN_IN: &str = "/staff/sign-in";
