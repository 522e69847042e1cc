//! The routes of the function `exports`: export jobs and their share links, for staff.

mod cancel;
mod create;
mod download;
mod links;
mod list;
mod recipients;
mod share;
mod show;
mod unshare;

use http::Method;
use provost_domain::{Code, Permission, export::ExportJob};
use provost_http::{
    Access,
    Effect::{Read, Sensitive},
    Routes,
};

/// The path of export jobs for staff.
pub(crate) const JOBS: &str = "/api/admin/export-jobs";

/// The routes of this function.
pub fn routes() -> Routes {
    Routes::of("exports")
        .route(
            Method::POST,
            "/api/admin/users/{id}/export-job",
            Access::staff(Permission::ExportCreate).above_staff_target("id"),
            Sensitive,
            create::create_export,
            "Export a user's data into an encrypted archive. Returns the running export if there is one.",
        )
        .errors(&[Code::InvalidAction])
        .route(
            Method::GET,
            "/api/admin/export-jobs",
            Access::staff(Permission::ExportRead),
            Read,
            list::list_exports,
            "List export jobs, newest first.",
        )
        .route(
            Method::GET,
            "/api/admin/export-jobs/{id}",
            Access::staff(Permission::ExportRead).above_owner::<ExportJob>("id"),
            Read,
            show::get_export,
            "Get an export job with its progress.",
        )
        .route(
            Method::DELETE,
            "/api/admin/export-jobs/{id}",
            Access::staff(Permission::ExportCreate).above_owner::<ExportJob>("id"),
            Sensitive,
            cancel::cancel_export,
            "Cancel a running export, or delete a finished archive and its share links.",
        )
        .errors(&[Code::InvalidAction])
        .route(
            Method::GET,
            "/api/admin/export-jobs/{id}/download",
            Access::staff(Permission::ExportDownload).above_owner::<ExportJob>("id"),
            Sensitive,
            download::download_export,
            "Download an archive. Redirects (303) to a URL that is valid for one minute.",
        )
        .errors(&[Code::InvalidAction])
        .route(
            Method::POST,
            "/api/admin/export-jobs/{id}/share-link",
            Access::staff(Permission::ExportShare).above_owner::<ExportJob>("id"),
            Sensitive,
            share::create_share_link,
            "Create a share link for an archive, limited in time and number of downloads.",
        )
        .errors(&[Code::InvalidAction])
        .route(
            Method::GET,
            "/api/admin/export-jobs/{id}/share-links",
            Access::staff(Permission::ExportRead).above_owner::<ExportJob>("id"),
            Read,
            links::list_share_links,
            "List the share links of an archive, each with its downloads.",
        )
        .route(
            Method::DELETE,
            "/api/admin/export-jobs/{id}/share-links/{linkId}",
            Access::staff(Permission::ExportShare).above_owner::<ExportJob>("id"),
            Sensitive,
            unshare::revoke_share_link,
            "Revoke a share link. Takes effect immediately.",
        )
        .errors(&[Code::InvalidAction])
}
