//! Operations on content: registration, upload, flags, removal and evidence.

pub mod application;
mod flag_content;
mod preserve_content;
mod register_content;
mod remove_content;
pub mod report;
mod upload;

pub use flag_content::{flag_content, unflag_content};
pub use preserve_content::{expire_evidence, preserve_content};
pub use register_content::{NewFile, new_file, register_content, upload_origin};
pub use remove_content::{begin_removal, delete_objects, remove_content};
pub use upload::{READ_AT_ONCE, confirm_upload, end_upload};

use provost_domain::{
    User,
    audit::Resource,
    content::{Content, ContentKind},
};

/// Content as the audit log names it.
pub fn resource(content: &Content, owner: &User) -> Resource {
    let kind = match content.kind {
        ContentKind::Url => "short_url",
        ContentKind::File | ContentKind::Unknown(_) => "file",
    };
    Resource::Owned { kind, id: content.id.to_string(), owner: owner.subject() }
}
