//! Access: every route is called by every kind of caller. The expected results come from an oracle
//! that is independent of the access code.

mod credentials;
mod input;
mod matrix;
mod narrowed;
mod others;
mod paths;
mod rank;
mod refusals;
mod unranked;
