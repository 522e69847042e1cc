//! The routes of the function `exports`: export jobs and their share links, for staff.

mod cancel;
mod create;
mod download;
mod find;
mod links;
mod list;
mod recipients;
mod share;
mod show;
mod unshare;

use http::Method;
use provost_domain::{Code, Permission, export::ExportJob};
use provost_http::{
    Effect::{Read, Sensitive},
    Permit, Ranked, RankedOwner, Routes,
};

/// Where staff find export jobs.
pub(crate) const JOBS: &str = "/api/admin/export-jobs";

/// The table of this function.
pub fn routes() -> Routes {
    Routes::of("exports")
        .row(
            Method::POST,
            "/api/admin/users/{id}/export-job",
            Ranked(Permission::ExportCreate),
            Sensitive,
            create::create_export,
            "Export a person's data into one encrypted archive. While an export of the same person is under way, that one is answered.",
        )
        .refuses(&[Code::InvalidAction])
        .row(
            Method::GET,
            "/api/admin/export-jobs",
            Permit(Permission::ExportRead),
            Read,
            list::list_exports,
            "List export jobs, newest first.",
        )
        .row(
            Method::GET,
            "/api/admin/export-jobs/{id}",
            RankedOwner::<ExportJob>::new(Permission::ExportRead),
            Read,
            show::get_export,
            "See one export job and how far it has come.",
        )
        .row(
            Method::DELETE,
            "/api/admin/export-jobs/{id}",
            RankedOwner::<ExportJob>::new(Permission::ExportCreate),
            Sensitive,
            cancel::cancel_export,
            "Cancel an export that is under way, or remove its archive and close its links.",
        )
        .refuses(&[Code::InvalidAction])
        .row(
            Method::GET,
            "/api/admin/export-jobs/{id}/download",
            RankedOwner::<ExportJob>::new(Permission::ExportDownload),
            Sensitive,
            download::download_export,
            "Download an archive: 303 to a URL that works for a minute.",
        )
        .refuses(&[Code::InvalidAction])
        .row(
            Method::POST,
            "/api/admin/export-jobs/{id}/share-link",
            RankedOwner::<ExportJob>::new(Permission::ExportShare),
            Sensitive,
            share::create_share_link,
            "Share an archive by a link that works for a limited time and a limited number of downloads.",
        )
        .refuses(&[Code::InvalidAction])
        .row(
            Method::GET,
            "/api/admin/export-jobs/{id}/share-links",
            RankedOwner::<ExportJob>::new(Permission::ExportRead),
            Read,
            links::list_share_links,
            "List the links of an archive, each with the trail of those who used it.",
        )
        .row(
            Method::DELETE,
            "/api/admin/export-jobs/{id}/share-links/{linkId}",
            RankedOwner::<ExportJob>::new(Permission::ExportShare),
            Sensitive,
            unshare::revoke_share_link,
            "Withdraw a link at once.",
        )
        .refuses(&[Code::InvalidAction])
}
