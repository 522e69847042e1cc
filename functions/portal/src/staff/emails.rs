//! `/staff/emails`, `/staff/email-templates`, `/staff/broadcasts`: what is sent to users.

use crate::model::{
    Action, Detail, Field, Filter, FilterKind, Input, Kind, Link, List, Section, Shown,
};

/// The lists.
pub const LISTS: &[List] = &[
    List {
        path: "/staff/emails",
        title: "Sent emails",
        api: "/api/admin/email/logs",
        permission: "mail.logs",
        filters: &[
            Filter::new(
                "status",
                "State",
                FilterKind::Choice(&["queued", "sent", "failed", "bounced", "complained"]),
            ),
            Filter::new("template", "Template", FilterKind::Text),
            Filter::new("to", "To", FilterKind::Text),
            Filter::new("userId", "User id", FilterKind::Text),
        ],
        columns: &[
            Field::text("Subject", "subject"),
            Field::badge("State", "status"),
            Field::text("To", "to"),
            Field::user("User", "userId", "/staff/users/{userId}"),
            Field::text("Template", "template"),
            Field::time("Sent", "sentAt"),
        ],
        actions: &[
            Link::new("Send an email", "/staff/emails/send", "mail.send"),
            Link::new("Send to an address again", "/staff/emails/lift-suppression", "mail.send"),
        ],
        empty: "No emails were sent yet.",
        ..List::BLANK
    },
    List {
        path: "/staff/email-templates",
        title: "Email templates",
        api: "/api/admin/emails/templates",
        permission: "mail.read",
        columns: &[
            Field::text("Name", "name").link("/staff/email-templates/{id}"),
            Field::text("Sent", "about"),
            Field::text("Subject", "subject"),
        ],
        ..List::BLANK
    },
    List {
        path: "/staff/broadcasts",
        title: "Broadcasts",
        about: "One email to many users. Each receives it at most once, and can unsubscribe.",
        api: "/api/admin/emails/broadcast",
        permission: "mail.read",
        filters: &[Filter::new(
            "status",
            "State",
            FilterKind::Choice(&[
                "scheduled",
                "queued",
                "running",
                "completed",
                "cancelled",
                "missed",
            ]),
        )],
        columns: &[
            Field::text("Subject", "subject").link("/staff/broadcasts/{id}"),
            Field::badge("State", "status"),
            Field::flag("Only counted", "dryRun"),
            Field::text("To", "filter"),
            Field::number("Sent", "sent"),
            Field::new("Progress", "progress.percent", Shown::Percent),
            Field::time("Created", "createdAt"),
        ],
        actions: &[Link::new("Send a broadcast", "/staff/broadcasts/new", "mail.broadcast")],
        empty: "There were no broadcasts yet.",
        ..List::BLANK
    },
];

/// Templates and broadcasts.
pub const DETAILS: &[Detail] = &[
    Detail {
        path: "/staff/email-templates/{name}",
        title: "Email template",
        parent: ("Email templates", "/staff/email-templates"),
        api: "/api/admin/emails/templates/{name}",
        permission: "mail.read",
        sections: &[Section {
            title: "Template",
            fields: &[
                Field::text("Name", "name"),
                Field::text("Sent", "about"),
                Field::new("Texts by language", "languages", Shown::Json),
                Field::new("Variables", "variables", Shown::Json),
            ],
        }],
        actions: &[
            Link::new("Change", "/staff/email-templates/{@name}/change", "mail.write"),
            Link::new("Preview", "/staff/email-templates/{@name}/preview", "mail.read"),
        ],
        ..Detail::BLANK
    },
    Detail {
        path: "/staff/broadcasts/{id}",
        title: "Broadcast",
        parent: ("Broadcasts", "/staff/broadcasts"),
        api: "/api/admin/emails/broadcast/{id}",
        permission: "mail.read",
        sections: &[Section {
            title: "Broadcast",
            fields: &[
                Field::badge("State", "status"),
                Field::text("Subject", "subject"),
                Field::text("Text", "content.text"),
                Field::flag("Only counted", "dryRun"),
                Field::text("To", "filter"),
                Field::number("Recipients", "recipientCount"),
                Field::number("Sent", "sent"),
                Field::number("Failed", "failed"),
                Field::number("Left out", "leftOut"),
                Field::new("Progress", "progress.percent", Shown::Percent),
                Field::time("Created", "createdAt"),
            ],
        }],
        actions: &[Link::new("Cancel", "/staff/broadcasts/{id}/cancel", "mail.broadcast")
            .when("status", &["scheduled", "queued", "running"])
            .dangerous()],
        live: Some(("status", &["queued", "running"])),
        ..Detail::BLANK
    },
];

/// What staff can send.
pub const ACTIONS: &[Action] = &[
    Action {
        path: "/staff/emails/send",
        title: "Send an email",
        about: "The email goes to these users only. Suppressed addresses are left out.",
        button: "Send",
        api: "/api/admin/email/send",
        permission: "mail.send",
        inputs: &[
            Input::new("to", "To", Kind::Lines).hint("One email address a line.").required(),
            Input::new("subject", "Subject", Kind::Text).required(),
            Input::new("text", "Text", Kind::Area).required(),
            Input::new("repliesToMe", "Replies come to my address", Kind::Check),
            Input::reason(),
        ],
        then: "/staff/emails",
        done: "The email is on its way.",
        ..Action::BLANK
    },
    Action {
        path: "/staff/email-templates/{name}/change",
        title: "Change this template",
        about: "The text applies to emails from now on. Variables are written {{ firstName }}; unknown ones are refused.",
        button: "Save",
        method: "PUT",
        api: "/api/admin/emails/templates/{name}",
        permission: "mail.write",
        inputs: &[
            Input::new(
                "language",
                "Language",
                Kind::Choice(&[("en", "English"), ("de", "German")]),
            )
            .required(),
            Input::new("subject", "Subject", Kind::Text),
            Input::new("text", "Text", Kind::Area),
            Input::new("reset", "Use the built-in text again", Kind::Check),
            Input::reason(),
        ],
        then: "/staff/email-templates/{name}",
        done: "The template is changed.",
        ..Action::BLANK
    },
    Action {
        path: "/staff/email-templates/{name}/preview",
        title: "Preview this template",
        about: "Without a text, the current one is shown. The values are examples.",
        button: "Preview",
        api: "/api/admin/emails/templates/{name}/preview",
        permission: "mail.read",
        inputs: &[
            Input::new(
                "language",
                "Language",
                Kind::Choice(&[("en", "English"), ("de", "German")]),
            ),
            Input::new("subject", "Subject", Kind::Text),
            Input::new("text", "Text", Kind::Area),
            Input::new("withoutOptional", "Without optional values", Kind::Check),
            Input::new("sendToMe", "Send it to my address", Kind::Check),
        ],
        then: "/staff/email-templates/{name}",
        done: "This is how the email looks.",
        shown_once: &[Field::text("Subject", "subject"), Field::new("Text", "text", Shown::Lines)],
        ..Action::BLANK
    },
    Action {
        path: "/staff/emails/lift-suppression",
        title: "Send email to an address again",
        about: "An address that bounced or complained gets no more email until this is lifted.",
        button: "Lift",
        method: "DELETE",
        api: "/api/admin/email/suppressions",
        permission: "mail.send",
        inputs: &[Input::new("email", "Email address", Kind::Email).required(), Input::reason()],
        then: "/staff/emails",
        done: "The address gets email again.",
        ..Action::BLANK
    },
    Action {
        path: "/staff/broadcasts/new",
        title: "Send a broadcast",
        about: "Count the recipients first. The emails are sent in the background; you can cancel while they are.",
        button: "Continue",
        api: "/api/admin/emails/broadcast",
        permission: "mail.broadcast",
        inputs: &[
            Input::new(
                "filter",
                "To",
                Kind::Choice(&[
                    ("all", "All users"),
                    ("verified", "Users with a confirmed address"),
                    ("unverified", "Users without a confirmed address"),
                    ("admin", "Staff"),
                    ("plan", "Users with a plan"),
                ]),
            )
            .required(),
            Input::new("plan", "Id of the plan", Kind::Text),
            Input::new("subject", "Subject", Kind::Text).required(),
            Input::new("text", "Text", Kind::Area).required(),
            Input::new("scheduledAt", "Not before", Kind::Time),
            Input::new("dryRun", "Only count the recipients", Kind::Check),
            Input::reason(),
        ],
        then: "/staff/broadcasts/{id}",
        done: "The broadcast is accepted.",
        needs_recent_sign_in: true,
        ..Action::BLANK
    },
    Action {
        path: "/staff/broadcasts/{id}/cancel",
        title: "Cancel this broadcast",
        about: "Emails that were sent already cannot be called back.",
        button: "Cancel the broadcast",
        method: "DELETE",
        api: "/api/admin/emails/broadcast/{id}",
        permission: "mail.broadcast",
        inputs: &[Input::reason()],
        then: "/staff/broadcasts/{id}",
        done: "The broadcast is cancelled.",
        dangerous: true,
        ..Action::BLANK
    },
];
