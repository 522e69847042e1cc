//! `provost audit`: proofs that the audit log is complete and unchanged.

pub mod check;
pub mod verify;
