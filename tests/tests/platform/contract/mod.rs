//! Things that must agree, each pair compared by a test that says what to type next.

mod documents;
mod events;
mod layers;
mod releases;
mod templates;
