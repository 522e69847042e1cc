//! An export and its links, as the audit log names them.

use provost_domain::{
    ShareLinkId,
    audit::{Resource, Subject},
    export::ExportJob,
};

/// A job as the audit log names it.
pub(crate) fn export(job: &ExportJob, owner: Subject) -> Resource {
    Resource::Owned { kind: "export", id: job.id.to_string(), owner }
}

/// A link as the audit log names it.
pub(crate) fn link(link: ShareLinkId, owner: Subject) -> Resource {
    Resource::Owned { kind: "share_link", id: link.to_string(), owner }
}
