//! The routes of the function `moderation`: users' files, what staff do about content, reports, and
//! applications.

mod applications;
mod content;
mod files;
mod rank;
mod reports;
mod spelling;

use http::Method;
use provost_domain::{
    Code,
    Permission::{
        ApplicationDecide, ApplicationRead, ContentFlag, ContentRemove, ReportDecide, ReportRead,
    },
    application::Application,
    content::Content,
    report::Report,
};
use provost_http::{
    Access,
    Effect::{Sensitive, Write},
    Routes,
};

/// The routes of this function.
pub fn routes() -> Routes {
    Routes::of("moderation")
        .route(
            Method::POST,
            "/api/files",
            Access::signed_in(),
            Write,
            files::create::create_file,
            "Register a file and get a URL to upload it to. The file counts towards your storage from now on.",
        )
        .errors(&[Code::TierLimit, Code::NotFound])
        .route(
            Method::GET,
            "/api/files/{id}",
            Access::owner_or::<Content>(ContentRemove, "id"),
            Sensitive,
            files::show::get_file,
            "Get a file with a download URL that is valid for one minute. A view by staff is audited.",
        )
        .errors(&[Code::ContentFlagged])
        .get(
            "/api/files",
            Access::signed_in(),
            files::list_own::list_own_files,
            "List your files, newest first.",
        )
        .route(
            Method::DELETE,
            "/api/files/{id}",
            Access::signed_in(),
            Sensitive,
            files::delete::delete_file,
            "Delete one of your files. It is no longer served, its storage is free at once, and its bytes are deleted within minutes. A file under review cannot be deleted.",
        )
        .errors(&[Code::NotFound, Code::ContentFlagged, Code::InvalidAction])
        .get(
            "/api/admin/files/flagged",
            Access::staff(ContentFlag),
            files::flagged::list_flagged_files,
            "List flagged files, newest flag first.",
        )
        .route(
            Method::POST,
            "/api/admin/files/{id}/flag",
            Access::staff(ContentFlag).above_owner::<Content>("id"),
            Write,
            files::flag::flag_file,
            "Flag a file. It is not served to its owner until it is unflagged.",
        )
        .errors(&[Code::InvalidAction])
        .route(
            Method::POST,
            "/api/admin/files/{id}/unflag",
            Access::staff(ContentFlag).above_owner::<Content>("id"),
            Write,
            files::unflag::unflag_file,
            "Unflag a file. The flag stays in the history of the file.",
        )
        .errors(&[Code::InvalidAction])
        .route(
            Method::POST,
            "/api/admin/content/flag",
            Access::staff(ContentFlag),
            Write,
            content::flag::flag_content,
            "Flag or unflag a file or a short URL.",
        )
        .errors(&[Code::NotFound, Code::InvalidAction, Code::CannotModifySelf, Code::Outranked])
        .route(
            Method::DELETE,
            "/api/admin/content/{id}",
            Access::staff(ContentRemove).above_owner::<Content>("id"),
            Sensitive,
            content::remove::remove_content,
            "Remove a file or a short URL for all users. Its objects, with all versions, are deleted within minutes.",
        )
        .errors(&[Code::InvalidAction])
        .route(
            Method::POST,
            "/api/reports",
            Access::signed_in(),
            Write,
            reports::create::create_report,
            "Report a user, a file or a short URL. At most 30 an hour, and one open report about the same thing.",
        )
        .errors(&[Code::RateLimited, Code::InvalidUserId, Code::NotFound, Code::CannotModifySelf, Code::AlreadyExists])
        .get(
            "/api/reports",
            Access::signed_in(),
            reports::list_own::list_own_reports,
            "List the reports that you filed, newest first.",
        )
        .get(
            "/api/admin/reports",
            Access::staff(ReportRead),
            reports::list::list_reports,
            "List reports by type, status, severity, category and assignee, newest first.",
        )
        .route(
            Method::GET,
            "/api/admin/reports/{id}",
            Access::staff(ReportRead).above_owner::<Report>("id"),
            Sensitive,
            reports::show::get_report,
            "Get a report with its history and the evidence about reported content. The URL of a copy is valid for one minute, and each is audited.",
        )
        .route(
            Method::PATCH,
            "/api/admin/reports/{id}",
            Access::staff(ReportDecide).above_owner::<Report>("id"),
            Sensitive,
            reports::update::update_report,
            "Update or decide a report. An action is carried out in the same change.",
        )
        .errors(&[Code::InvalidAction, Code::SuperadminRequired, Code::LastSuperadmin, Code::StaleVersion])
        .route(
            Method::POST,
            "/api/applications",
            Access::signed_in(),
            Write,
            applications::create::create_application,
            "Apply for the team, a partnership or the verified badge. At most 10 an hour, and one open application of each type.",
        )
        .errors(&[Code::RateLimited, Code::InvalidAction, Code::AlreadyExists])
        .get(
            "/api/applications",
            Access::signed_in(),
            applications::list_own::list_own_applications,
            "List your applications with their replies, newest first. A page has at most 200 replies.",
        )
        .route(
            Method::POST,
            "/api/applications/appeal",
            Access::public(),
            Write,
            applications::appeal::appeal_against_ban,
            "Appeal against a ban by the token in the email about it. Each ban can be appealed once.",
        )
        .errors(&[Code::NotFound, Code::LinkExpired, Code::LinkRevoked, Code::AlreadyExists, Code::RateLimited])
        .route(
            Method::POST,
            "/api/applications/{id}/replies",
            Access::owner_or::<Application>(ApplicationDecide, "id"),
            Write,
            applications::reply::create_application_reply,
            "Reply to an application, as its applicant or as staff. At most 60 an hour. The applicant gets a reply by staff by email.",
        )
        .errors(&[Code::RateLimited, Code::InvalidAction])
        .get(
            "/api/admin/applications",
            Access::staff(ApplicationRead),
            applications::list::list_applications,
            "List applications by type and status, newest first, with the number of replies.",
        )
        .get(
            "/api/admin/applications/{id}",
            Access::staff(ApplicationRead).above_owner::<Application>("id"),
            applications::show::get_application,
            "Get an application with its latest 200 replies.",
        )
        .route(
            Method::PATCH,
            "/api/admin/applications/{id}",
            Access::staff(ApplicationDecide).above_owner::<Application>("id"),
            Sensitive,
            applications::update::update_application,
            "Review or decide an application. An approval takes effect in the same change.",
        )
        .errors(&[Code::InvalidAction, Code::SuperadminRequired, Code::StaleVersion])
        .get(
            "/appeal/{token}",
            Access::public(),
            applications::page::show_appeal_page,
            "Show the form of the appeal link in the email about a ban. Changes nothing.",
        )
        .errors(&[Code::NotFound, Code::LinkExpired, Code::LinkRevoked])
        .page()
        .route(
            Method::POST,
            "/appeal/{token}",
            Access::public(),
            Write,
            applications::page::appeal_by_page,
            "Appeal against a ban by the form of the link in the email about it.",
        )
        .errors(&[Code::NotFound, Code::LinkExpired, Code::LinkRevoked, Code::AlreadyExists, Code::RateLimited])
        .page()
}
