//! Data of an object that the file system store does not keep.

use s3s::dto::{ServerSideEncryption, Tag};

/// A bucket and a key in it.
pub(super) type Address = (String, String);

/// Data of an object that the file system store does not keep.
#[derive(Debug, Clone, Default)]
pub(super) struct Extras {
    pub(super) tags: Vec<Tag>,
    pub(super) encryption: Option<ServerSideEncryption>,
    pub(super) encryption_key: Option<String>,
}
