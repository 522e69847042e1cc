//! Notes that staff keep about a user.

pub(crate) mod add;
pub(crate) mod list;
