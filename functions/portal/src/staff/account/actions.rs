//! What a person can do with their own account.

use super::HEADER;
use crate::model::{Action, Field, Input, Kind, Shown};

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
        path: "/account/avatar",
        title: "Change your avatar",
        about: "The image is cut to a square, and what it says about place and camera is removed.",
        button: "Upload",
        api: "/api/users/{me}/avatar",
        inputs: &[Input::new("file", "Image", Kind::File("image/png,image/jpeg"))
            .hint("PNG or JPEG, at most 4 MiB.")
            .required()],
        file: Some("file"),
        done: "Your avatar is changed.",
        ..ONE
    },
    Action {
        path: "/account/language",
        title: "Change your language",
        about: "Pages and emails are in this language. Without a choice, pages are in the language of your browser.",
        button: "Save",
        method: "PUT",
        api: "/api/users/me",
        current: Some("/api/users/me"),
        inputs: &[Input::new(
            "settings.locale",
            "Language",
            Kind::Choice(&[("en", "English"), ("de", "Deutsch")]),
        )],
        done: "Your language is changed.",
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
