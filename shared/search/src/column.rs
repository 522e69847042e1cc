//! The columns of a segment: the values of one field of all its users, in arrays.

mod bits;
mod enrollment;
mod integer;
mod keyword;
mod list;
mod text;
mod tokens;

pub(crate) use bits::Bits;
pub(crate) use enrollment::EnrollmentColumn;
pub(crate) use integer::{IntegerColumn, NULL};
pub(crate) use keyword::{Dictionary, KeywordColumn};
pub(crate) use list::ListColumn;
pub(crate) use text::TextColumn;
pub(crate) use tokens::TokenIndex;

/// Where the rows of a merged segment come from: for each new row, the part and the row in it.
pub(crate) type Origin = (u32, u32);
