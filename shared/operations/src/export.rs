//! Operations on exports and their share links.

mod cancel;
mod create;
mod download;
mod end;
mod expire;
mod redeem;
mod share;

pub use cancel::cancel_export;
pub use create::{NewExport, Requester, create_export, own_export_limit, running_export};
pub use download::download_export;
pub use end::{complete_export, fail_export};
pub use expire::expire_export;
pub use redeem::{Redemption, Visitor, redeem_share_link, redeem_share_link_with_password};
pub use share::{NewShareLink, create_share_link, revoke_share_link};

use provost_domain::{ExportId, ShareLinkId, User, audit::Resource};

/// An export as the audit log names it.
fn resource(job: ExportId, owner: &User) -> Resource {
    Resource::Owned { kind: "export", id: job.to_string(), owner: owner.subject() }
}

/// A share link as the audit log names it.
fn link_resource(link: ShareLinkId, owner: &User) -> Resource {
    Resource::Owned { kind: "share_link", id: link.to_string(), owner: owner.subject() }
}
