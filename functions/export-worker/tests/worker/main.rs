//! The worker that writes archives: their contents, and what happens when the worker is killed,
//! runs twice, is suspended or reads malformed messages.

mod audit_log;
mod contents;
mod directory;
mod duplicates;
mod ending;
mod kills;
mod late;
mod memory;
mod queue;
mod support;
