//! What a person, and whoever handles the archive on the way, can rely on. Everything is read back
//! by other people's code.

mod keys;
mod many;
mod names;
mod opening;
mod page;
mod parts;
mod round_trip;
mod support;
