//! Share links as a third party meets them.

mod limits;
mod page;
mod password;
mod secrecy;
mod support;
