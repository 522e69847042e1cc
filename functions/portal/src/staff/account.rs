//! `/account`: a person's own account.

pub mod actions;
pub mod billing;
pub mod files;

pub use actions::ACTIONS;

use crate::model::{Detail, Field, Header, Link, List, Section, Shown, Tab};

static HEADER: Header = Header {
    kind: "Your account",
    parent: ("Your account", "/account"),
    api: "/api/users/me",
    name: &["displayName", "email"],
    facts: &[
        Field::text("Email", "email"),
        Field::badge("Status", "status"),
        Field::badge("Plan", "portalTier"),
    ],
    tabs: &[
        Tab { label: "Profile", page: "/account", permission: "" },
        Tab { label: "Sessions", page: "/account/sessions", permission: "" },
        Tab { label: "Sign-ins", page: "/account/sign-ins", permission: "" },
        Tab { label: "Messages", page: "/account/messages", permission: "" },
        Tab { label: "API keys", page: "/account/api-keys", permission: "" },
        Tab { label: "SSH keys", page: "/account/ssh-keys", permission: "" },
        Tab { label: "Organisations", page: "/account/organisations", permission: "" },
        Tab { label: "Invitations", page: "/account/invitations", permission: "" },
        Tab { label: "Files", page: "/account/files", permission: "" },
        Tab { label: "Billing", page: "/account/billing", permission: "" },
        Tab { label: "Your data", page: "/account/exports", permission: "" },
        Tab { label: "Who acted as you", page: "/account/impersonations", permission: "" },
    ],
    actions: &[],
};

/// The profile.
pub const DETAILS: &[Detail] = &[Detail {
    path: "/account",
    title: "Profile",
    api: "/api/users/me",
    header: Some(&HEADER),
    sections: &[
        Section {
            title: "You",
            fields: &[
                Field::text("First name", "firstName"),
                Field::text("Last name", "lastName"),
                Field::text("Username", "username"),
                Field::text("Email", "email"),
                Field::flag("Email confirmed", "emailVerified"),
                Field::code("Id", "id"),
            ],
        },
        Section {
            title: "Security",
            fields: &[
                Field::flag("Second factor", "twoFactorEnabled"),
                Field::time("Last sign-in", "security.lastLoginAt"),
                Field::code("Address of the last sign-in", "security.lastLoginIp"),
            ],
        },
    ],
    actions: &[
        Link::new("Change profile", "/account/profile", ""),
        Link::new("Change avatar", "/account/avatar", ""),
        Link::new("Change language", "/account/language", ""),
        Link::new("Change password", "/account/password", ""),
        Link::new("Set up a second factor", "/account/second-factor", "")
            .when("twoFactorEnabled", &["false"]),
        Link::new("Turn off the second factor", "/account/second-factor/off", "")
            .when("twoFactorEnabled", &["true"]),
        Link::new("Delete account", "/account/delete", "").dangerous(),
    ],
    ..Detail::BLANK
}];

/// A person's own things.
pub const LISTS: &[List] = &[
    List {
        path: "/account/sessions",
        title: "Sessions",
        api: "/api/sessions/{me}",
        header: Some(&HEADER),
        columns: &[
            Field::text("Browser", "device.browser"),
            Field::text("System", "device.os"),
            Field::flag("This one", "current"),
            Field::code("Address", "ip"),
            Field::time("Signed in", "createdAt"),
            Field::time("Last active", "lastActiveAt"),
        ],
        actions: &[Link::new("Sign out everywhere", "/account/sessions/end", "").dangerous()],
        ..List::BLANK
    },
    List {
        path: "/account/sign-ins",
        title: "Sign-ins",
        api: "/api/users/me/login-history",
        header: Some(&HEADER),
        columns: &[
            Field::time("Time", "at"),
            Field::badge("Result", "status"),
            Field::code("Address", "ip"),
            Field::text("Browser", "device.browser"),
            Field::text("System", "device.os"),
        ],
        ..List::BLANK
    },
    List {
        path: "/account/messages",
        title: "Messages",
        api: "/api/mailbox/notifications",
        header: Some(&HEADER),
        columns: &[
            Field::text("Title", "title"),
            Field::text("Text", "body"),
            Field::time("Time", "createdAt"),
            Field::flag("Read", "read"),
        ],
        empty: "You have no messages.",
        ..List::BLANK
    },
    List {
        path: "/account/api-keys",
        title: "API keys",
        api: "/api/apikeys/my",
        header: Some(&HEADER),
        columns: &[
            Field::text("Name", "name"),
            Field::code("Begins with", "prefix"),
            Field::new("Scopes", "scopes", Shown::List),
            Field::time("Created", "createdAt"),
            Field::time("Last used", "lastUsedAt"),
            Field::time("Expires", "expiresAt"),
        ],
        row_actions: &[Link::new("Delete", "/account/api-keys/{id}/delete", "").dangerous()],
        actions: &[Link::new("Create a key", "/account/api-keys/new", "")],
        empty: "You have no API keys.",
        ..List::BLANK
    },
    List {
        path: "/account/ssh-keys",
        title: "SSH keys",
        api: "/api/ssh-keys",
        header: Some(&HEADER),
        columns: &[
            Field::text("Name", "name"),
            Field::text("Type", "type"),
            Field::code("Fingerprint", "fingerprint"),
            Field::time("Added", "createdAt"),
        ],
        row_actions: &[Link::new("Delete", "/account/ssh-keys/{id}/delete", "").dangerous()],
        actions: &[Link::new("Add a key", "/account/ssh-keys/new", "")],
        empty: "You have no SSH keys.",
        ..List::BLANK
    },
    List {
        path: "/account/organisations",
        title: "Organisations",
        api: "/api/organisations",
        header: Some(&HEADER),
        columns: &[
            Field::text("Name", "name"),
            Field::code("Handle", "handle"),
            Field::badge("Your role", "role"),
            Field::number("Members", "memberCount"),
        ],
        actions: &[Link::new("Create an organisation", "/account/organisations/new", "")],
        empty: "You are in no organisation.",
        ..List::BLANK
    },
    List {
        path: "/account/invitations",
        title: "Invitations",
        api: "/api/organisations/invites",
        header: Some(&HEADER),
        columns: &[
            Field::text("Organisation", "organisationName"),
            Field::badge("Role", "role"),
            Field::badge("State", "status"),
            Field::time("Expires", "expiresAt"),
        ],
        row_actions: &[
            Link::new("Accept", "/account/invitations/{id}/accept", "")
                .when("status", &["pending"]),
            Link::new("Reject", "/account/invitations/{id}/reject", "")
                .when("status", &["pending"]),
        ],
        empty: "Nobody has invited you.",
        ..List::BLANK
    },
    List {
        path: "/account/exports",
        title: "Your data",
        about: "An export is an encrypted archive with all data of your account.",
        api: "/api/users/me/export-jobs",
        header: Some(&HEADER),
        columns: &[
            Field::code("Export", "id"),
            Field::badge("State", "status"),
            Field::new("Progress", "progress.percent", Shown::Percent),
            Field::time("Requested", "createdAt"),
            Field::time("Kept until", "expiresAt"),
        ],
        row_actions: &[Link::new("Download", "/account/exports/{id}/download", "")
            .when("status", &["completed"])],
        actions: &[Link::new("Export your data", "/account/exports/new", "")],
        empty: "You have not exported your data yet.",
        ..List::BLANK
    },
    List {
        path: "/account/impersonations",
        title: "Who acted as you",
        about: "Members of staff who saw or used your account as you.",
        api: "/api/users/me/impersonations",
        header: Some(&HEADER),
        columns: &[
            Field::time("Started", "startedAt"),
            Field::text("Kind", "method"),
            Field::code("By", "by"),
        ],
        empty: "Nobody has acted as you.",
        ..List::BLANK
    },
];
