//! Files of users: upload, download, flags.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod flag;
pub(crate) mod flagged;
pub(crate) mod list_own;
pub(crate) mod show;
pub(crate) mod unflag;
pub(crate) mod views;

use provost_domain::{
    ApiError,
    content::{Content, ContentKind},
};

/// Checks that content is a file: the routes of files know no other kind.
pub(crate) fn check_file(content: &Content) -> Result<(), ApiError> {
    if content.kind == ContentKind::File { Ok(()) } else { Err(ApiError::missing("file")) }
}
