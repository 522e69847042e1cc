//! `/staff/users`: users, one by one. The list of all users has a file of its own.

pub mod actions;
pub mod bulk;
pub mod import;
pub mod list;
pub mod more;
pub mod views;

pub use actions::ACTIONS;

use crate::model::{Detail, Field, Filter, FilterKind, Header, Link, List, Section, Shown, Tab};

/// Parameters that are no filters.
pub const NOT_FILTERS: [&str; 6] = ["page", "limit", "cursor", "sort", "done", "tz"];
/// The filters in the bar. Every other parameter of the route works in the address too, and is shown
/// as a chip.
pub static USERS: List = List {
    path: "/staff/users",
    title: "Users",
    api: "/v1/users",
    permission: "user.list",
    filters: &[
        Filter::new("search", "Name, email, phone, id", FilterKind::Text),
        Filter::new(
            "status",
            "Status",
            FilterKind::Choice(&[
                "active",
                "inactive",
                "pending_verification",
                "suspended",
                "deleted",
                "all",
            ]),
        ),
        Filter::new("roles", "Role", FilterKind::Text),
        Filter::new(
            "portal_tier",
            "Plan",
            FilterKind::Choice(&["free", "paid", "educational", "enterprise"]),
        ),
        Filter::new("email_verified", "Email confirmed", FilterKind::Flag),
        Filter::new("mfa_enabled", "Second factor", FilterKind::Flag),
        Filter::new("country", "Country", FilterKind::Text),
        Filter::new("created_after", "Created from", FilterKind::Date),
        Filter::new("created_before", "Created before", FilterKind::Date),
        Filter::new("filter", "Expression (SCIM)", FilterKind::Text),
    ],
    columns: &[
        Field::text("Name", "name").link("/staff/users/{id}"),
        Field::text("Email", "email"),
        Field::badge("Status", "status"),
        Field::new("Role", "roles.0.label", Shown::Said),
        Field::text("Plan", "portal_tier"),
        Field::time("Created", "created_at"),
        Field::time("Last sign-in", "security.last_login_at"),
    ],
    ..List::BLANK
};

/// The top of every page about a user.
pub static HEADER: Header = Header {
    kind: "User",
    parent: ("Users", "/staff/users"),
    api: "/api/admin/users/{id}",
    name: &["displayName", "email", "id"],
    facts: &[
        Field::badge("Status", "status"),
        Field::badge("Role", "role"),
        Field::text("Email", "email"),
        Field::text("Plan", "portalTier"),
        Field::code("Id", "id"),
    ],
    tabs: &[
        Tab { label: "Overview", page: "/staff/users/{id}", permission: "user.view" },
        Tab { label: "Activity", page: "/staff/users/{id}/activity", permission: "audit.read" },
        Tab { label: "Sessions", page: "/staff/users/{id}/sessions", permission: "session.read" },
        Tab { label: "Sign-ins", page: "/staff/users/{id}/sign-ins", permission: "session.read" },
        Tab {
            label: "Permissions",
            page: "/staff/users/{id}/permissions",
            permission: "role.read",
        },
        Tab { label: "Benefits", page: "/staff/users/{id}/benefits", permission: "grant.read" },
        Tab { label: "Plan", page: "/staff/users/{id}/plan", permission: "billing.read" },
        Tab {
            label: "Documents",
            page: "/staff/users/{id}/documents",
            permission: "user.documents",
        },
        Tab { label: "Exports", page: "/staff/users/{id}/exports", permission: "export.read" },
        Tab { label: "Notes", page: "/staff/users/{id}/notes", permission: "user.view" },
    ],
    actions: &[
        Link::new("Export data", "/staff/users/{id}/export", "export.create"),
        Link::new("Ban", "/staff/users/{id}/ban", "user.suspend")
            .when("status", &["active", "pending_verification"])
            .dangerous(),
        Link::new("Lift the ban", "/staff/users/{id}/unban", "user.suspend")
            .when("suspension", &["+"]),
        Link::new("Change role", "/staff/users/{id}/role", "role.assign"),
        Link::new("Force password reset", "/staff/users/{id}/reset-password", "user.credentials"),
        Link::new("Verify", "/staff/users/{id}/verify", "user.verify")
            .when("isVerified", &["false"]),
        Link::new("Remove the badge", "/staff/users/{id}/unverify", "user.verify")
            .when("isVerified", &["true"]),
        Link::new("Place a hold", "/staff/users/{id}/hold", "deletion.hold").when("hold", &["-"]),
        Link::new("Release the hold", "/staff/users/{id}/release", "deletion.hold")
            .when("hold", &["+"]),
        Link::new("Restore", "/staff/users/{id}/restore", "user.delete").when("deletion", &["+"]),
        Link::new("Delete", "/staff/users/{id}/delete", "user.delete")
            .when("deletion", &["-"])
            .dangerous(),
        Link::new("Erase now", "/staff/users/{id}/erase", "user.purge").dangerous(),
        Link::new("Act as this user", "/staff/users/{id}/impersonate", "user.impersonate"),
        Link::new("Change avatar", "/staff/users/{id}/avatar", "user.update"),
        Link::new("Change the unique id", "/staff/users/{id}/unique-id", "user.update"),
        Link::new("Change the external id", "/staff/users/{id}/external-id", "user.update"),
        Link::new("Assign a bucket", "/staff/users/{id}/storage", "storage.assign"),
        Link::new(
            "Ask for a new student verification",
            "/staff/users/{id}/reverify",
            "verification.student",
        )
        .when("studentVerified", &["true"]),
        Link::new(
            "Remove student status",
            "/staff/users/{id}/remove-student",
            "verification.student",
        )
        .when("studentVerified", &["true"])
        .dangerous(),
        Link::new("Check for fraud", "/staff/users/{id}/fraud-scan", "fraud.scan"),
    ],
};

/// A user.
pub const DETAILS: &[Detail] = &[
    Detail {
        path: "/staff/users/{id}",
        title: "Overview",
        api: "/api/admin/users/{id}",
        permission: "user.view",
        header: Some(&HEADER),
        sections: &[
            Section {
                title: "Person",
                fields: &[
                    Field::text("First name", "firstName"),
                    Field::text("Last name", "lastName"),
                    Field::text("Username", "username"),
                    Field::code("Unique id", "uniqueId"),
                    Field::code("External id", "externalId"),
                    Field::text("Email", "email"),
                    Field::flag("Email confirmed", "emailVerified"),
                    Field::flag("Phone confirmed", "phoneVerified"),
                    Field::number("Age", "age"),
                    Field::flag("Child account", "isChildAccount"),
                ],
            },
            Section {
                title: "Verification",
                fields: &[
                    Field::flag("Verified badge", "isVerified"),
                    Field::flag("Identity verified", "idVerified"),
                    Field::flag("Student", "studentVerified"),
                    Field::flag("Must verify again", "reverifyRequired"),
                    Field::text("GitHub", "githubLogin"),
                ],
            },
            Section {
                title: "Security",
                fields: &[
                    Field::time("Last sign-in", "lastLoginAt"),
                    Field::code("Address of the last sign-in", "lastLoginIp"),
                    Field::flag("Second factor", "twoFactorEnabled"),
                    Field::number("Sessions", "security.sessionCount"),
                    Field::number("API keys", "security.apiKeyCount"),
                    Field::number("Failed sign-ins", "security.failedLoginAttempts"),
                    Field::time("Locked until", "security.lockedUntil"),
                ],
            },
            Section {
                title: "Account",
                fields: &[
                    Field::time("Created", "createdAt"),
                    Field::time("Changed", "updatedAt"),
                    Field::new("Storage used", "storageUsed", Shown::Bytes),
                    Field::new("Storage quota", "storageQuota", Shown::Bytes),
                    Field::number("Files", "totalFiles"),
                ],
            },
            Section {
                title: "Ban, hold and deletion",
                fields: &[
                    Field::time("Banned", "bannedAt"),
                    Field::text("Reason of the ban", "banReason"),
                    Field::time("Hold since", "hold.at"),
                    Field::text("Reason of the hold", "hold.reason"),
                    Field::code("Deletion request", "deletion.id")
                        .link("/staff/deletions/{deletion.id}"),
                    Field::flag("Erasure has begun", "deletion.executing"),
                    Field::time("Erasure due", "deletion.dueAt"),
                ],
            },
        ],
        ..Detail::BLANK
    },
    Detail {
        path: "/staff/users/{id}/plan",
        title: "Plan",
        api: "/api/admin/users/{id}/current-plan",
        permission: "billing.read",
        header: Some(&HEADER),
        sections: &[Section {
            title: "Plan",
            fields: &[
                Field::text("Plan", "plan.name"),
                Field::text("Tier", "portalTier"),
                Field::text("Applied by", "plan.source"),
                Field::time("Since", "plan.appliedAt"),
                Field::new("Storage", "storageQuota", Shown::Bytes),
                Field::new("Limits", "limits", Shown::Json),
            ],
        }],
        actions: &[
            Link::new("Apply a plan", "/staff/users/{userId}/apply-plan", "plan.apply"),
            Link::new("Cancel the plan", "/staff/users/{userId}/cancel-plan", "plan.apply")
                .when("plan", &["+"])
                .dangerous(),
        ],
        ..Detail::BLANK
    },
];

/// Lists about a user.
pub const LISTS: &[List] = &[
    List {
        path: "/staff/users/{id}/activity",
        title: "Activity",
        api: "/api/admin/audit/logs?target={id}",
        permission: "audit.read",
        header: Some(&HEADER),
        columns: super::audit::COLUMNS,
        empty: "Nothing was done with this account yet.",
        ..List::BLANK
    },
    List {
        path: "/staff/users/{id}/sessions",
        title: "Sessions",
        api: "/api/admin/users/{id}/sessions",
        permission: "session.read",
        header: Some(&HEADER),
        columns: &[
            Field::text("Browser", "device.browser"),
            Field::text("System", "device.os"),
            Field::code("Address", "ip"),
            Field::time("Signed in", "createdAt"),
            Field::time("Last active", "lastActiveAt"),
            Field::flag("Second factor", "mfa"),
        ],
        row_actions: &[Link::new(
            "End",
            "/staff/users/{@id}/sessions/{id}/revoke",
            "session.revoke",
        )],
        actions: &[Link::new(
            "End all sessions",
            "/staff/users/{id}/revoke-sessions",
            "user.update",
        )
        .dangerous()],
        empty: "This user is signed out everywhere.",
        ..List::BLANK
    },
    List {
        path: "/staff/users/{id}/sign-ins",
        title: "Sign-ins",
        api: "/api/admin/users/{id}/login-history",
        permission: "session.read",
        header: Some(&HEADER),
        columns: &[
            Field::time("Time", "timestamp"),
            Field::badge("Result", "status"),
            Field::text("Reason", "reason"),
            Field::code("Address", "ip"),
            Field::text("Browser", "device.browser"),
            Field::text("System", "device.os"),
            Field::flag("Second factor", "mfa"),
        ],
        empty: "This user has not signed in yet.",
        ..List::BLANK
    },
    List {
        path: "/staff/users/{id}/benefits",
        title: "Benefits",
        about: "Extra storage, credit and badges that staff gave.",
        api: "/api/admin/users/{id}/grants",
        permission: "grant.read",
        header: Some(&HEADER),
        columns: &[
            Field::badge("Kind", "type"),
            Field::number("Amount", "amount"),
            Field::flag("Active", "active"),
            Field::time("Given", "createdAt"),
            Field::time("Until", "expiresAt"),
            Field::text("Reason", "reason"),
        ],
        row_actions: &[Link::new(
            "Revoke",
            "/staff/users/{@id}/benefits/{id}/revoke",
            "grant.write",
        )
        .when("active", &["true"])],
        actions: &[Link::new("Grant a benefit", "/staff/users/{id}/grant", "grant.write")],
        empty: "This user has no benefits.",
        ..List::BLANK
    },
    List {
        path: "/staff/users/{id}/documents",
        title: "Documents",
        api: "/api/admin/users/{id}/documents",
        permission: "user.documents",
        header: Some(&HEADER),
        columns: &[
            Field::text("Name", "name").link("{url}"),
            Field::text("Description", "description"),
            Field::new("Size", "size", Shown::Bytes),
            Field::time("Added", "uploadedAt"),
        ],
        actions: &[Link::new(
            "Add a document",
            "/staff/users/{id}/documents/new",
            "user.documents",
        )],
        empty: "Staff have added no documents.",
        ..List::BLANK
    },
    List {
        path: "/staff/users/{id}/exports",
        title: "Exports",
        api: "/api/admin/export-jobs?userId={id}",
        permission: "export.read",
        header: Some(&HEADER),
        columns: super::exports::COLUMNS,
        actions: &[Link::new("Export data", "/staff/users/{id}/export", "export.create")],
        empty: "Nobody has exported the data of this user.",
        ..List::BLANK
    },
    List {
        path: "/staff/users/{id}/notes",
        title: "Notes",
        about: "Only staff see notes. They are part of an export of the user's data.",
        api: "/api/admin/users/{id}/notes",
        permission: "user.view",
        header: Some(&HEADER),
        columns: &[
            Field::time("Time", "createdAt"),
            Field::text("Note", "text"),
            Field::user("By", "author.id", "/staff/users/{author.id}"),
        ],
        actions: &[Link::new("Add a note", "/staff/users/{id}/note", "user.update")],
        empty: "There are no notes yet.",
        ..List::BLANK
    },
];
