//! `/staff/exports`: encrypted archives of users' data, and their share links.

use http::{Method, header};

use crate::{
    model::{
        Action, Detail, Field, Filter, FilterKind, Header, Input, Kind, Link, List, Section, Shown,
        Tab,
    },
    web::{
        answer::{Answer, PageResult, Stop},
        visit::Visit,
    },
};

/// The columns of lists of exports.
pub const COLUMNS: &[Field] = &[
    Field::code("Export", "id").link("/staff/exports/{id}"),
    Field::badge("State", "status"),
    Field::new("Progress", "progress.percent", Shown::Percent),
    Field::user("User", "userId", "/staff/users/{userId}"),
    Field::time("Requested", "createdAt"),
    Field::new("Size", "size", Shown::Bytes),
    Field::time("Kept until", "expiresAt"),
];

static HEADER: Header = Header {
    kind: "Export",
    parent: ("Exports", "/staff/exports"),
    api: "/api/admin/export-jobs/{id}",
    name: &["id"],
    facts: &[
        Field::badge("State", "status"),
        Field::user("User", "userId", "/staff/users/{userId}"),
    ],
    tabs: &[
        Tab { label: "Archive", page: "/staff/exports/{id}", permission: "export.read" },
        Tab { label: "Share links", page: "/staff/exports/{id}/links", permission: "export.read" },
    ],
    actions: &[
        Link::new("Download", "/staff/exports/{id}/download", "export.download")
            .when("status", &["completed"]),
        Link::new("Create a share link", "/staff/exports/{id}/share", "export.share")
            .when("status", &["completed"]),
        Link::new("Cancel", "/staff/exports/{id}/cancel", "export.create")
            .when("status", &["queued", "running"])
            .dangerous(),
    ],
};

/// The lists.
pub const LISTS: &[List] = &[
    List {
        path: "/staff/exports",
        title: "Exports",
        about: "Start an export on the page of a user.",
        api: "/api/admin/export-jobs",
        permission: "export.read",
        filters: &[
            Filter::new(
                "status",
                "State",
                FilterKind::Choice(&[
                    "queued",
                    "running",
                    "completed",
                    "failed",
                    "cancelled",
                    "expired",
                ]),
            ),
            Filter::new("userId", "User id", FilterKind::Text),
        ],
        columns: COLUMNS,
        empty: "There are no exports yet. Start one on the page of a user.",
        ..List::BLANK
    },
    List {
        path: "/staff/exports/{id}/links",
        title: "Share links",
        about: "A link opens the archive without an account, a limited number of times.",
        api: "/api/admin/export-jobs/{id}/share-links",
        permission: "export.read",
        header: Some(&HEADER),
        columns: &[
            Field::code("Link", "id"),
            Field::badge("State", "status"),
            Field::number("Downloads left", "remaining"),
            Field::flag("Password", "passwordRequired"),
            Field::time("Expires", "expiresAt"),
            Field::text("Note", "note"),
            Field::new("Trail", "trail", Shown::Json),
        ],
        row_actions: &[Link::new(
            "Revoke",
            "/staff/exports/{@id}/links/{id}/revoke",
            "export.share",
        )
        .when("status", &["open"])],
        actions: &[Link::new("Create a share link", "/staff/exports/{id}/share", "export.share")],
        empty: "There are no share links for this archive.",
        ..List::BLANK
    },
];

/// An export.
pub const DETAILS: &[Detail] = &[Detail {
    path: "/staff/exports/{id}",
    title: "Archive",
    api: "/api/admin/export-jobs/{id}",
    permission: "export.read",
    header: Some(&HEADER),
    sections: &[Section {
        title: "Archive",
        fields: &[
            Field::badge("State", "status"),
            Field::new("Progress", "progress.percent", Shown::Percent),
            Field::badge("Stage", "progress.stage"),
            Field::new("Contents", "categories", Shown::Names),
            Field::new("Size", "size", Shown::Bytes),
            Field::code("SHA-256", "sha256"),
            Field::new("Encrypted to", "recipients", Shown::List),
            Field::code("Requested by", "requestedBy"),
            Field::time("Requested", "createdAt"),
            Field::time("Completed", "completedAt"),
            Field::time("Kept until", "expiresAt"),
        ],
    }],
    live: Some(("status", &["queued", "running"])),
    ..Detail::BLANK
}];

/// What staff can do with an export.
pub const ACTIONS: &[Action] = &[
    Action {
        path: "/staff/exports/{id}/share",
        title: "Create a share link",
        about: "Everybody with the link can download the archive until it expires or is used up. The archive stays encrypted.",
        button: "Create the link",
        api: "/api/admin/export-jobs/{id}/share-link",
        permission: "export.share",
        header: Some(&HEADER),
        inputs: &[
            Input::new("expiresInHours", "Hours until it expires", Kind::Number),
            Input::new("maxDownloads", "Number of downloads", Kind::Number),
            Input::new("password", "Password for the download", Kind::Password)
                .hint("Tell it to the receiver by another way than the link."),
            Input::new("note", "Note", Kind::Text),
            Input::reason(),
        ],
        then: "/staff/exports/{id}/links",
        done: "The link is created.",
        shown_once: &[
            Field::code("Link", "url"),
            Field::time("Expires", "expiresAt"),
            Field::number("Downloads", "maxDownloads"),
        ],
        ..Action::BLANK
    },
    Action {
        path: "/staff/exports/{id}/links/{linkId}/revoke",
        title: "Revoke this share link",
        about: "Nobody can use the link any more. This cannot be undone; you can create another link.",
        button: "Revoke the link",
        method: "DELETE",
        api: "/api/admin/export-jobs/{id}/share-links/{linkId}",
        permission: "export.share",
        header: Some(&HEADER),
        inputs: &[Input::reason()],
        then: "/staff/exports/{id}/links",
        done: "The link is revoked.",
        dangerous: true,
        ..Action::BLANK
    },
    Action {
        path: "/staff/exports/{id}/cancel",
        title: "Cancel this export",
        about: "The archive is not made. You can start another export.",
        button: "Cancel the export",
        method: "DELETE",
        api: "/api/admin/export-jobs/{id}",
        permission: "export.create",
        header: Some(&HEADER),
        inputs: &[Input::reason()],
        then: "/staff/exports/{id}",
        done: "The export is cancelled.",
        dangerous: true,
        ..Action::BLANK
    },
];

/// Downloads an archive: the API redirects to its object.
///
/// # Errors
/// What the API refused, or that it did not respond.
pub async fn download(visit: &Visit) -> PageResult {
    redirect(visit, "/api/admin/export-jobs/{id}/download").await
}

/// Downloads the archive of the person's own data.
///
/// # Errors
/// What the API refused, or that it did not respond.
pub async fn download_own(visit: &Visit) -> PageResult {
    redirect(visit, "/api/users/me/export-jobs/{id}/download").await
}

async fn redirect(visit: &Visit, route: &str) -> PageResult {
    let received = visit.send(Method::GET, route, None, &[]).await?;
    received
        .headers
        .get(header::LOCATION)
        .and_then(|value| value.to_str().ok())
        .map(|url| Answer::SeeOther(url.to_owned()))
        .ok_or(Stop::Failed)
}
