//! Things that must agree. A test compares each pair, and its message says what to do next.

mod documents;
mod events;
mod layers;
mod proofs;
mod releases;
mod structure;
mod templates;
