//! `/staff/settings`, `/staff/storage`, `/staff/system-keys`, `/staff/status`.

use crate::ui::texts::{say, say_around};
use maud::html;

use crate::{
    model::{
        Action, Detail, Field, Input, Kind, Link, List, Section, Shown,
        field::{at, plain},
    },
    ui::{frame, values},
    web::{
        answer::{PageResult, page},
        visit::Visit,
    },
};

/// The lists.
pub const LISTS: &[List] = &[
    List {
        path: "/staff/settings",
        title: "Settings",
        api: "/api/admin/settings",
        permission: "settings.read",
        columns: &[
            Field::text("Name", "name").link("/staff/settings/{name}"),
            Field::text("Description", "description"),
            Field::new("Value", "value", Shown::Json),
        ],
        ..List::BLANK
    },
    List {
        path: "/staff/storage",
        title: "Storage",
        about: "Buckets of other providers, which can be assigned to users and organisations.",
        api: "/api/admin/storage/buckets",
        permission: "storage.read",
        columns: &[
            Field::text("Name", "name").link("/staff/storage/{id}"),
            Field::code("Bucket", "bucket"),
            Field::text("Region", "region"),
            Field::text("Endpoint", "endpoint"),
            Field::number("Users", "users"),
            Field::number("Organisations", "organisations"),
        ],
        actions: &[Link::new("Add a bucket", "/staff/storage/new", "storage.write")],
        empty: "All files are in the bucket of this deployment.",
        ..List::BLANK
    },
    List {
        path: "/staff/system-keys",
        title: "System keys",
        about: "Keys of other services. Each service can have two at a time, so that a key can be replaced without a gap.",
        api: "/api/admin/system-key",
        permission: "system.key",
        columns: &[Field::text("Service", "name"), Field::new("Keys", "keys", Shown::Json)],
        row_actions: &[
            Link::new(
                "Revoke the first",
                "/staff/system-keys/{name}/{keys.0.id}/revoke",
                "system.key",
            )
            .when("keys.0.id", &["+"])
            .dangerous(),
            Link::new(
                "Revoke the second",
                "/staff/system-keys/{name}/{keys.1.id}/revoke",
                "system.key",
            )
            .when("keys.1.id", &["+"])
            .dangerous(),
        ],
        actions: &[Link::new("Create a key", "/staff/system-keys/new", "system.key")],
        empty: "No service has a key.",
        ..List::BLANK
    },
];

/// A setting, and a bucket.
pub const DETAILS: &[Detail] = &[
    Detail {
        path: "/staff/settings/{name}",
        title: "Setting",
        parent: ("Settings", "/staff/settings"),
        api: "/api/admin/settings/{name}",
        permission: "settings.read",
        sections: &[Section {
            title: "Setting",
            fields: &[
                Field::text("Name", "name"),
                Field::text("Description", "description"),
                Field::new("Value", "value", Shown::Json),
                Field::new("Default", "default", Shown::Json),
            ],
        }],
        actions: &[Link::new("Change", "/staff/settings/{name}/change", "settings.write")],
        ..Detail::BLANK
    },
    Detail {
        path: "/staff/storage/{id}",
        title: "Bucket",
        parent: ("Storage", "/staff/storage"),
        api: "/api/admin/storage/buckets/{id}",
        permission: "storage.read",
        sections: &[Section {
            title: "Bucket",
            fields: &[
                Field::text("Name", "name"),
                Field::code("Bucket", "bucket"),
                Field::text("Region", "region"),
                Field::text("Endpoint", "endpoint"),
                Field::code("Access key", "accessKeyId"),
                Field::flag("Bucket in the path", "forcePathStyle"),
                Field::number("Users", "users"),
                Field::number("Organisations", "organisations"),
                Field::time("Added", "createdAt"),
                Field::time("Changed", "updatedAt"),
            ],
        }],
        actions: &[
            Link::new("Test", "/staff/storage/{id}/test", "storage.write"),
            Link::new("Delete", "/staff/storage/{id}/delete", "storage.write").dangerous(),
        ],
        ..Detail::BLANK
    },
];

/// What staff can change.
pub const ACTIONS: &[Action] = &[
    Action {
        path: "/staff/settings/{name}/change",
        title: "Change this setting",
        about: "The page of the setting describes its fields.",
        button: "Save",
        method: "PUT",
        api: "/api/admin/settings/{name}",
        permission: "settings.write",
        current: Some("/api/admin/settings/{name}"),
        inputs: &[Input::new("value", "Value", Kind::Json).required(), Input::reason()],
        then: "/staff/settings/{name}",
        done: "The setting is changed.",
        needs_recent_sign_in: true,
        ..Action::BLANK
    },
    Action {
        path: "/staff/storage/new",
        title: "Add a bucket",
        about: "The secret key is encrypted and never shown again. Users upload to the bucket in the portal if its CORS rules allow PUT from the address of the portal.",
        button: "Add",
        api: "/api/admin/storage/buckets",
        permission: "storage.write",
        inputs: &[
            Input::new("name", "Name", Kind::Text).required(),
            Input::new("bucket", "Bucket", Kind::Text).required(),
            Input::new("region", "Region", Kind::Text).required(),
            Input::new("endpoint", "Endpoint", Kind::Text).hint("Empty for Amazon S3."),
            Input::new("accessKeyId", "Access key", Kind::Text).required(),
            Input::new("secretAccessKey", "Secret key", Kind::Password).required(),
            Input::new("forcePathStyle", "The bucket is in the path of addresses", Kind::Check),
            Input::reason(),
        ],
        then: "/staff/storage/{id}",
        done: "The bucket is added.",
        needs_recent_sign_in: true,
        ..Action::BLANK
    },
    Action {
        path: "/staff/integrations/test",
        title: "Test an integration",
        about: "The credentials are used for this test only, and are not stored.",
        button: "Test",
        api: "/api/admin/integrations/test",
        permission: "integration.test",
        inputs: &[
            Input::new(
                "integration",
                "Integration",
                Kind::Choice(&[
                    ("stripe", "Stripe: secretKey"),
                    ("resend", "Resend: apiKey"),
                    ("cloudflare", "Cloudflare: apiToken, accountId"),
                    ("discord", "Discord: webhookUrl, or botToken and serverId"),
                    ("github", "GitHub: pat, org"),
                    ("kener", "Kener: apiKey, baseUrl"),
                    ("smtp", "Mail server: host, port, secure, user, password"),
                ]),
            )
            .required(),
            Input::new("credentials", "Credentials", Kind::Pairs)
                .hint("One a line, such as apiKey=re_123. The names are beside the integration.")
                .required(),
        ],
        then: "/staff/status",
        done: "The test has ended.",
        shown_once: &[
            Field::flag("Works", "success"),
            Field::text("Result", "message"),
            Field::number("Milliseconds", "latencyMs"),
        ],
        ..Action::BLANK
    },
    Action {
        path: "/staff/storage/{id}/test",
        title: "Test this bucket",
        about: "A small object is written, read and deleted.",
        button: "Test",
        api: "/api/admin/storage/buckets/{id}/test",
        permission: "storage.write",
        then: "/staff/storage/{id}",
        done: "The test has ended.",
        shown_once: &[
            Field::flag("Works", "ok"),
            Field::text("Result", "message"),
            Field::text("Detail", "detail"),
            Field::number("Milliseconds", "latencyMs"),
        ],
        ..Action::BLANK
    },
    Action {
        path: "/staff/storage/{id}/delete",
        title: "Delete this bucket",
        about: "Only the entry is deleted, not the bucket at its provider. A bucket that is assigned cannot be deleted.",
        button: "Delete",
        method: "DELETE",
        api: "/api/admin/storage/buckets/{id}",
        permission: "storage.write",
        inputs: &[Input::reason()],
        then: "/staff/storage",
        done: "The bucket is deleted.",
        dangerous: true,
        ..Action::BLANK
    },
    Action {
        path: "/staff/system-keys/new",
        title: "Create a system key",
        about: "A service with this key can do what the scopes allow, for every user.",
        button: "Create",
        api: "/api/admin/system-key",
        permission: "system.key",
        inputs: &[
            Input::new("name", "Service", Kind::Text).required(),
            Input::new("scopes", "Scopes", Kind::Lines).hint("One permission a line.").required(),
            Input::reason(),
        ],
        then: "/staff/system-keys",
        done: "The key is created.",
        needs_recent_sign_in: true,
        shown_once: &[Field::code("Key", "key"), Field::text("Service", "name")],
        ..Action::BLANK
    },
    Action {
        path: "/staff/system-keys/{name}/{keyId}/revoke",
        title: "Revoke this key",
        about: "The service is refused from its next request. This cannot be undone.",
        button: "Revoke the key",
        method: "DELETE",
        api: "/api/admin/system-key/{name}/{keyId}",
        permission: "system.key",
        inputs: &[Input::reason()],
        then: "/staff/system-keys",
        done: "The key is revoked.",
        dangerous: true,
        needs_recent_sign_in: true,
        ..Action::BLANK
    },
];

/// The state of the deployment.
///
/// # Errors
/// What the API refused, or that it did not respond.
pub async fn status(visit: &Visit) -> PageResult {
    let (status, update) =
        tokio::join!(visit.get("/api/admin/status"), visit.get("/api/updates/check"));
    let status = status?;
    let text = |path: &str| plain(at(&status, path));
    let rows = |path: &str| at(&status, path).as_array().cloned().unwrap_or_default();
    let body = html! {
        h1 { (say("Status")) }
        dl .tiles {
            @for (label, path) in [("Everything", "status"), ("Tables", "database.status"), ("Files", "storage.status"), ("Queues", "queue.status"), ("Outbox", "outbox.status")] {
                div { dt { (say(label)) } dd { (values::badge(&text(path))) } }
            }
        }
        p { (say_around("Version {}, checked {}.", &[html! { (text("version")) }, values::time(&text("checkedAt"), &visit.zone)])) }
        @match &update {
            Ok(update) => p { (values::text(&plain(at(update, "message")))) },
            Err(crate::client::CallError::Refused(refusal)) => (frame::refusal(refusal)),
            Err(crate::client::CallError::Failed) => p .quiet { (say("The newest version could not be asked for.")) },
        }
        @if visit.person.may("integration.test") {
            div .actions { a .button href="/staff/integrations/test" { (say("Test an integration")) } }
        }
        h2 { (say("Queues")) }
        div .scroll { table {
            thead { tr { th scope="col" { (say("Queue")) } @for label in ["Waiting", "In work", "Delayed", "Failed"] { th scope="col" .number { (say(label)) } } } }
            tbody { @for queue in rows("queue.queues") { tr {
                td data-label=(say("Queue")) { (plain(at(&queue, "name"))) }
                @for (label, name) in [("Waiting", "pending"), ("In work", "inFlight"), ("Delayed", "delayed"), ("Failed", "failed")] {
                    td .number data-label=(say(label)) { (values::grouped(at(&queue, name).as_i64().unwrap_or_default())) }
                }
            } } }
        } }
        h2 { (say("Schedules")) }
        div .scroll { table {
            thead { tr { th scope="col" { (say("Schedule")) } th scope="col" { (say("State")) } th scope="col" { (say("Last run")) } } }
            tbody { @for schedule in rows("schedules") { tr {
                td data-label=(say("Schedule")) { (plain(at(&schedule, "name"))) }
                td data-label=(say("State")) { (values::badge(&plain(at(&schedule, "status")))) }
                td data-label=(say("Last run")) { @if at(&schedule, "lastRunAt").is_null() { (say("Never")) } @else { (values::time(&plain(at(&schedule, "lastRunAt")), &visit.zone)) } }
            } } }
        } }
    };
    page("Status", body)
}
