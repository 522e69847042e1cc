//! The worker that writes archives: what is in them, and what happens when it is killed, doubled,
//! late or lied to.

mod contents;
mod duplicates;
mod ending;
mod kills;
mod late;
mod memory;
mod queue;
mod support;
