//! Emails: each is recorded, sent once, and contains what its recipient needs.

mod delivery;
mod links;
mod support;
mod words;
