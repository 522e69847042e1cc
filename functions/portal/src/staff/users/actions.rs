//! What staff can do with a user.

use super::HEADER;
use crate::model::{Action, Field, Input, Kind};

const ONE: Action = Action { header: Some(&HEADER), then: "/staff/users/{id}", ..Action::BLANK };

/// The actions.
pub const ACTIONS: &[Action] = &[
    Action {
        path: "/staff/users/{id}/ban",
        title: "Ban this user",
        about: "The user is signed out everywhere and cannot sign in until the ban ends or is lifted.",
        button: "Ban",
        api: "/api/admin/users/{id}/ban",
        permission: "user.suspend",
        inputs: &[
            Input::new(
                "type",
                "Kind",
                Kind::Choice(&[("temporary", "Until a date"), ("permanent", "Without an end")]),
            )
            .required(),
            Input::new("durationDays", "Days", Kind::Number).hint("For a ban that ends."),
            Input::reason(),
            Input::new("notifyUser", "Send the user an email with the reason", Kind::Check),
        ],
        done: "The user is banned.",
        dangerous: true,
        ..ONE
    },
    Action {
        path: "/staff/users/{id}/unban",
        title: "Lift the ban",
        about: "The user can sign in again at once.",
        button: "Lift the ban",
        method: "DELETE",
        api: "/api/admin/users/{id}/ban",
        permission: "user.suspend",
        inputs: &[Input::reason(), Input::new("notifyUser", "Send the user an email", Kind::Check)],
        done: "The ban is lifted.",
        ..ONE
    },
    Action {
        path: "/staff/users/{id}/role",
        title: "Change the role",
        about: "The new role applies from the next request of the user.",
        button: "Change the role",
        method: "PATCH",
        api: "/api/admin/users/{id}/role",
        permission: "role.assign",
        inputs: &[
            Input::new(
                "role",
                "Role",
                Kind::Choice(&[
                    ("user", "User"),
                    ("staff", "Staff"),
                    ("admin", "Administrator"),
                    ("rootAdmin", "Root administrator"),
                ]),
            )
            .required(),
            Input::reason(),
        ],
        done: "The role is changed.",
        needs_recent_sign_in: true,
        ..ONE
    },
    Action {
        path: "/staff/users/{id}/reset-password",
        title: "Force a password reset",
        about: "The user is signed out everywhere, and must choose a new password by email.",
        button: "Force a reset",
        api: "/api/admin/users/{id}/reset-password",
        permission: "user.credentials",
        inputs: &[
            Input::new("sendEmail", "Send the email with the link now", Kind::Check),
            Input::reason(),
        ],
        done: "The user must choose a new password.",
        dangerous: true,
        ..ONE
    },
    Action {
        path: "/staff/users/{id}/verify",
        title: "Give the verified badge",
        about: "The badge is shown to everybody. It can be removed.",
        button: "Give the badge",
        api: "/api/admin/users/{id}/verify",
        permission: "user.verify",
        inputs: &[Input::reason()],
        done: "The user has the badge.",
        ..ONE
    },
    Action {
        path: "/staff/users/{id}/unverify",
        title: "Remove the verified badge",
        about: "The badge can be given again.",
        button: "Remove the badge",
        method: "DELETE",
        api: "/api/admin/users/{id}/verify",
        permission: "user.verify",
        inputs: &[Input::reason()],
        done: "The badge is removed.",
        ..ONE
    },
    Action {
        path: "/staff/users/{id}/hold",
        title: "Place a hold",
        about: "Nothing of this account is erased while the hold is in place, regardless of who asks for it.",
        button: "Place the hold",
        api: "/api/admin/users/{id}/hold",
        permission: "deletion.hold",
        inputs: &[Input::reason()],
        done: "The account is on hold.",
        ..ONE
    },
    Action {
        path: "/staff/users/{id}/release",
        title: "Release the hold",
        about: "A pending deletion goes on at its time.",
        button: "Release the hold",
        method: "DELETE",
        api: "/api/admin/users/{id}/hold",
        permission: "deletion.hold",
        inputs: &[Input::reason()],
        done: "The hold is released.",
        ..ONE
    },
    Action {
        path: "/staff/users/{id}/delete",
        title: "Delete this account",
        about: "The account is closed now and erased after a grace period. It can be restored until then.",
        button: "Delete the account",
        method: "DELETE",
        api: "/v1/users/{id}",
        permission: "user.delete",
        inputs: &[
            Input::new("grace_days", "Days until the erasure", Kind::Number),
            Input::new("notify", "Send the user an email", Kind::Check),
            Input::reason(),
        ],
        done: "The account will be erased after the grace period.",
        dangerous: true,
        ..ONE
    },
    Action {
        path: "/staff/users/{id}/erase",
        title: "Erase this account now",
        about: "All data of the user is erased at once. This cannot be undone.",
        button: "Erase now",
        method: "DELETE",
        api: "/api/admin/users/{id}",
        permission: "user.purge",
        inputs: &[
            Input::new("confirmDelete", "I want to erase all data of this user", Kind::Check)
                .required(),
            Input::reason(),
        ],
        then: "/staff/deletions",
        done: "The erasure has begun.",
        dangerous: true,
        needs_recent_sign_in: true,
        ..ONE
    },
    Action {
        path: "/staff/users/{id}/restore",
        title: "Restore this account",
        about: "The pending deletion is cancelled. The user must confirm the email address again, and has no staff role.",
        button: "Restore the account",
        api: "/v1/users/{id}/restore",
        permission: "user.delete",
        inputs: &[Input::reason()],
        done: "The account is restored.",
        ..ONE
    },
    Action {
        path: "/staff/users/{id}/export",
        title: "Export the data of this user",
        about: "An encrypted archive with all data is made in the background. Without a public key of yours, a secret key is created and shown once.",
        button: "Start the export",
        api: "/api/admin/users/{id}/export-job",
        permission: "export.create",
        inputs: &[
            Input::new("recipients", "Public keys (age)", Kind::Lines)
                .hint("One a line, beginning with age1. Leave it empty to get a new key."),
            Input::reason(),
        ],
        then: "/staff/exports",
        done: "The export has begun.",
        shown_once: &[
            Field::code("Export", "id").link("/staff/exports/{id}"),
            Field::code("Secret key, which opens the archive", "identity"),
        ],
        ..ONE
    },
    Action {
        path: "/staff/users/{id}/sessions/{session}/revoke",
        title: "End this session",
        about: "The device is signed out at its next request.",
        button: "End the session",
        api: "/api/admin/users/{id}/sessions/{session}/revoke",
        permission: "session.revoke",
        inputs: &[Input::reason()],
        then: "/staff/users/{id}/sessions",
        done: "The session has ended.",
        ..ONE
    },
    Action {
        path: "/staff/users/{id}/revoke-sessions",
        title: "End all sessions",
        about: "The user is signed out on all devices.",
        button: "End all sessions",
        method: "DELETE",
        api: "/api/users/{id}/sessions",
        permission: "user.update",
        inputs: &[Input::reason()],
        then: "/staff/users/{id}/sessions",
        done: "All sessions have ended.",
        dangerous: true,
        ..ONE
    },
    Action {
        path: "/staff/users/{id}/grant",
        title: "Grant a benefit",
        about: "The user gets an email about it.",
        button: "Grant",
        api: "/api/admin/users/{id}/grants",
        permission: "grant.write",
        inputs: &[
            Input::new(
                "type",
                "Kind",
                Kind::Choice(&[
                    ("storage", "Storage (MiB)"),
                    ("domains", "Domains"),
                    ("urls", "Short URLs"),
                    ("other", "Something else"),
                ]),
            )
            .required(),
            Input::new("amount", "Amount", Kind::Number).required(),
            Input::new("expiresAt", "Until", Kind::Time),
            Input::reason(),
        ],
        then: "/staff/users/{id}/benefits",
        done: "The benefit is granted.",
        ..ONE
    },
    Action {
        path: "/staff/users/{id}/benefits/{grantId}/revoke",
        title: "Revoke this benefit",
        about: "What it gave is taken back at once.",
        button: "Revoke",
        method: "DELETE",
        api: "/api/admin/users/{id}/grants?grantId={grantId}",
        permission: "grant.write",
        then: "/staff/users/{id}/benefits",
        done: "The benefit is revoked.",
        ..ONE
    },
    Action {
        path: "/staff/users/{id}/note",
        title: "Add a note",
        about: "Only staff see notes. They are part of an export of the user's data.",
        button: "Add the note",
        api: "/api/admin/users/{id}/notes",
        permission: "user.update",
        inputs: &[Input::new("text", "Note", Kind::Area).required()],
        then: "/staff/users/{id}/notes",
        done: "The note is added.",
        ..ONE
    },
    Action {
        path: "/staff/users/{id}/apply-plan",
        title: "Apply a plan",
        about: "The tier and its limits apply at once, without a payment. Cancelling the plan restores what was before.",
        button: "Apply the plan",
        api: "/api/admin/users/{id}/apply-plan",
        permission: "plan.apply",
        inputs: &[
            Input::new("planId", "Id of the plan", Kind::Text)
                .hint("As in the list of products.")
                .required(),
            Input::reason(),
        ],
        then: "/staff/users/{id}/plan",
        done: "The plan is applied.",
        ..ONE
    },
    Action {
        path: "/staff/users/{id}/cancel-plan",
        title: "Cancel the plan",
        about: "The tier and limits from before the plan apply again.",
        button: "Cancel the plan",
        method: "DELETE",
        api: "/api/admin/users/{id}/cancel-plan",
        permission: "plan.apply",
        inputs: &[Input::reason()],
        then: "/staff/users/{id}/plan",
        done: "The plan is cancelled.",
        dangerous: true,
        ..ONE
    },
    Action {
        path: "/staff/users/{id}/fraud-scan",
        title: "Check this user for fraud",
        about: "The rules are applied now. If they raise an alert, it is in the list of alerts.",
        button: "Check now",
        api: "/api/admin/fraud-scan/{id}",
        permission: "fraud.scan",
        inputs: &[Input::new("dryRun", "Only show the result", Kind::Check)],
        then: "/staff/users/{id}",
        done: "The check is complete.",
        shown_once: &[
            Field::badge("Result", "outcome"),
            Field::number("Score", "score"),
            Field::number("An alert is raised from", "raiseAt"),
            Field::new("Signals", "signals", crate::model::Shown::Json),
        ],
        ..ONE
    },
    Action {
        path: "/staff/users/{id}/documents/new",
        title: "Add a document",
        about: "Only staff with the permission user.documents see it. It is removed with the account.",
        button: "Add",
        api: "/api/admin/users/{id}/documents",
        permission: "user.documents",
        inputs: &[
            Input::new("data", "File", Kind::File("application/pdf,image/png,image/jpeg"))
                .hint("PDF, PNG or JPEG, at most 700 KiB.")
                .required(),
            Input::new("name", "Name", Kind::Text).hint("Empty for the name of the file."),
            Input::new("contentType", "Media type", Kind::Unsent),
            Input::new("description", "Description", Kind::Text),
            Input::reason(),
        ],
        then: "/staff/users/{id}/documents",
        done: "The document is added.",
        ..ONE
    },
    Action {
        path: "/staff/users/{id}/avatar",
        title: "Change the avatar",
        about: "The image is cut to a square, and what it says about place and camera is removed.",
        button: "Upload",
        api: "/api/users/{id}/avatar",
        permission: "user.update",
        inputs: &[Input::new("file", "Image", Kind::File("image/png,image/jpeg"))
            .hint("PNG or JPEG, at most 4 MiB.")
            .required()],
        file: Some("file"),
        done: "The avatar is changed.",
        ..ONE
    },
    Action {
        path: "/staff/users/{id}/avatar/remove",
        title: "Remove the avatar",
        about: "The image is deleted. This cannot be undone.",
        button: "Remove",
        method: "DELETE",
        api: "/api/users/{id}/avatar",
        permission: "user.update",
        inputs: &[Input::reason()],
        done: "The avatar is removed.",
        dangerous: true,
        ..ONE
    },
];
