//! Guarantees of the archive to the user and to everyone who handles it. Everything is read back by
//! independent code.

mod keys;
mod many;
mod names;
mod opening;
mod page;
mod parts;
mod round_trip;
mod support;
