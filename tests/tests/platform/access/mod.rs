//! Access: every route as every kind of caller, judged by an oracle that knows nothing of the code
//! that decides.

mod credentials;
mod input;
mod matrix;
mod narrowed;
mod others;
mod rank;
mod refusals;
