//! `/account`: a person's own account.

use crate::model::{Action, Detail, Field, Header, Input, Kind, Link, List, Section, Shown, Tab};

static HEADER: Header = Header {
    kind: "Your account",
    parent: ("Your account", "/account"),
    api: "/api/users/me",
    name: &["displayName", "email"],
    facts: &[
        Field::text("Email", "email"),
        Field::badge("Status", "status"),
        Field::text("Plan", "portalTier"),
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

const ONE: Action = Action { header: Some(&HEADER), then: "/account", ..Action::BLANK };

/// What a person can do with their account.
pub const ACTIONS: &[Action] = &[
    Action {
        path: "/account/profile",
        title: "Change your profile",
        button: "Save",
        method: "PUT",
        api: "/api/users/me",
        current: Some("/api/users/me"),
        inputs: &[
            Input::new("firstName", "First name", Kind::Text),
            Input::new("lastName", "Last name", Kind::Text),
            Input::new("displayName", "Shown name", Kind::Text),
            Input::new("username", "Username", Kind::Text),
            Input::new(
                "impersonationPolicy",
                "When staff act as you",
                Kind::Choice(&[("none", "No message"), ("notify", "Send me a message"), ("opt_out", "Do not allow it")]),
            ),
        ],
        done: "Your profile is changed.",
        ..ONE
    },
    Action {
        path: "/account/password",
        title: "Change your password",
        about: "You are signed out on all other devices, and your API keys are revoked.",
        button: "Change the password",
        method: "PUT",
        api: "/api/users/me",
        inputs: &[
            Input::new("currentPassword", "Current password", Kind::Password).required(),
            Input::new("password", "New password", Kind::Password)
                .hint("8 to 128 characters, with upper-case and lower-case letters, a digit and a symbol.")
                .required(),
        ],
        done: "Your password is changed.",
        ..ONE
    },
    Action {
        path: "/account/second-factor",
        title: "Set up a second factor",
        about: "You need an authenticator app. Your password alone is no longer enough to sign in.",
        button: "Continue",
        api: "/api/sessions/two-factor",
        inputs: &[Input::new("currentPassword", "Your password", Kind::Password).required()],
        then: "/account/second-factor/confirm",
        done: "Enter this secret in your authenticator app, then confirm it with a code.",
        shown_once: &[Field::code("Secret", "secret"), Field::code("Address for apps", "otpauthUri")],
        ..ONE
    },
    Action {
        path: "/account/second-factor/confirm",
        title: "Confirm the second factor",
        button: "Confirm",
        api: "/api/sessions/two-factor/confirm",
        inputs: &[Input::new("code", "Code of your authenticator", Kind::Text).required()],
        done: "The second factor is on. Each of these codes replaces a code once, if you lose your device.",
        shown_once: &[Field::new("Recovery codes", "recoveryCodes", Shown::List)],
        ..ONE
    },
    Action {
        path: "/account/second-factor/off",
        title: "Turn off the second factor",
        about: "Your password alone is enough to sign in again.",
        button: "Turn off",
        method: "DELETE",
        api: "/api/sessions/two-factor",
        inputs: &[Input::new("code", "Code of your authenticator", Kind::Text).required()],
        done: "The second factor is off.",
        dangerous: true,
        ..ONE
    },
    Action {
        path: "/account/sessions/end",
        title: "Sign out everywhere",
        about: "You are signed out on all devices, this one included.",
        button: "Sign out everywhere",
        api: "/api/sessions/logout-all",
        then: "/staff/sign-in",
        dangerous: true,
        ..ONE
    },
    Action {
        path: "/account/api-keys/new",
        title: "Create an API key",
        about: "A program with this key can do what you can, within its scopes.",
        button: "Create",
        api: "/api/apikeys",
        inputs: &[
            Input::new("name", "Name", Kind::Text).required(),
            Input::new("scopes", "Scopes", Kind::Lines).hint("One a line; without scopes, everything that you may do."),
            Input::new("expiresAt", "Expires", Kind::Time),
        ],
        then: "/account/api-keys",
        done: "The key is created.",
        shown_once: &[Field::code("Key", "key"), Field::text("Name", "name")],
        ..ONE
    },
    Action {
        path: "/account/api-keys/{id}/delete",
        title: "Delete this API key",
        about: "Programs with this key are refused from their next request.",
        button: "Delete the key",
        method: "DELETE",
        api: "/api/apikeys/{id}",
        then: "/account/api-keys",
        done: "The key is deleted.",
        dangerous: true,
        ..ONE
    },
    Action {
        path: "/account/ssh-keys/new",
        title: "Add an SSH key",
        button: "Add",
        api: "/api/ssh-keys",
        inputs: &[
            Input::new("name", "Name", Kind::Text).required(),
            Input::new("publicKey", "Public key", Kind::Area).hint("The line of the .pub file.").required(),
        ],
        then: "/account/ssh-keys",
        done: "The key is added.",
        ..ONE
    },
    Action {
        path: "/account/ssh-keys/{id}/delete",
        title: "Delete this SSH key",
        button: "Delete the key",
        method: "DELETE",
        api: "/api/ssh-keys/{id}",
        then: "/account/ssh-keys",
        done: "The key is deleted.",
        dangerous: true,
        ..ONE
    },
    Action {
        path: "/account/organisations/new",
        title: "Create an organisation",
        button: "Create",
        api: "/api/organisations",
        inputs: &[
            Input::new("name", "Name", Kind::Text).required(),
            Input::new("handle", "Handle", Kind::Text).hint("Short name for addresses: lower-case letters, digits and hyphens.").required(),
        ],
        then: "/account/organisations",
        done: "The organisation is created.",
        ..ONE
    },
    Action {
        path: "/account/invitations/{id}/accept",
        title: "Accept this invitation",
        button: "Accept",
        api: "/api/organisations/invites/{id}/accept",
        then: "/account/organisations",
        done: "You are a member.",
        ..ONE
    },
    Action {
        path: "/account/invitations/{id}/reject",
        title: "Reject this invitation",
        button: "Reject",
        api: "/api/organisations/invites/{id}/reject",
        then: "/account/invitations",
        done: "The invitation is rejected.",
        dangerous: true,
        ..ONE
    },
    Action {
        path: "/account/exports/new",
        title: "Export your data",
        about: "An encrypted archive is made in the background. Without a public key of yours, a secret key is created and shown once.",
        button: "Start the export",
        api: "/api/users/me/export-request",
        inputs: &[Input::new("recipients", "Public keys (age)", Kind::Lines).hint("One a line, beginning with age1. Leave it empty to get a new key.")],
        then: "/account/exports",
        done: "The export has begun.",
        shown_once: &[Field::code("Export", "id"), Field::code("Secret key, which opens the archive", "identity")],
        ..ONE
    },
    Action {
        path: "/account/delete",
        title: "Delete your account",
        about: "Your account is closed now and erased after a grace period. Until then you can sign in and keep it.",
        button: "Delete my account",
        api: "/api/users/me/deletion-request",
        inputs: &[Input::new("reason", "Reason", Kind::Area)],
        then: "/staff/sign-in",
        dangerous: true,
        needs_recent_sign_in: true,
        ..ONE
    },
];
