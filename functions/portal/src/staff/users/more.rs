//! More of what staff can do with users: creating one, student status, storage, the unique
//! and the external id.

use super::HEADER;
use crate::model::{Action, Input, Kind, Options};

/// The buckets that can be assigned.
static BUCKETS: Options =
    Options { api: "/api/admin/storage/buckets?limit=200", value: "id", label: "name" };

const ONE: Action = Action { header: Some(&HEADER), then: "/staff/users/{id}", ..Action::BLANK };

/// The actions.
pub const ACTIONS: &[Action] = &[
    Action {
        path: "/staff/users/new",
        title: "Create a user",
        about: "Without a password, the user gets an email with a link to choose one.",
        button: "Create",
        api: "/v1/users",
        permission: "user.create",
        inputs: &[
            Input::new("email", "Email address", Kind::Email).required(),
            Input::new("first_name", "First name", Kind::Text),
            Input::new("last_name", "Last name", Kind::Text),
            Input::new("username", "Username", Kind::Text),
            Input::new("phone", "Phone", Kind::Text).hint("With the country code, such as +49."),
            Input::new("external_id", "External id", Kind::Text)
                .hint("The id of the user in another system, if it has one."),
            Input::new("profile.city", "City", Kind::Text),
            Input::new("profile.country", "Country", Kind::Text).hint("Two letters, such as DE."),
            Input::new("is_instructor", "Instructor", Kind::Check),
            Input::new("is_learner", "Learner", Kind::Check),
            Input::reason(),
        ],
        then: "/staff/users/{id}",
        done: "The user is created.",
        ..Action::BLANK
    },
    Action {
        path: "/staff/users/{id}/reverify",
        title: "Ask for a new student verification",
        about: "The account is on the free tier until the user has verified again.",
        button: "Ask",
        api: "/api/admin/users/{id}/require-student-reverify",
        permission: "verification.student",
        inputs: &[Input::reason()],
        done: "The user must verify again.",
        ..ONE
    },
    Action {
        path: "/staff/users/{id}/remove-student",
        title: "Remove the student status",
        about: "The user loses the tier and the limits of a student at once.",
        button: "Remove",
        method: "DELETE",
        api: "/api/admin/users/{id}/deassign-student",
        permission: "verification.student",
        inputs: &[Input::reason()],
        done: "The student status is removed.",
        dangerous: true,
        ..ONE
    },
    Action {
        path: "/staff/users/{id}/storage",
        title: "Assign a bucket",
        about: "New files of the user go to the bucket. Files that exist stay where they are.",
        button: "Assign",
        method: "PUT",
        api: "/api/admin/users/{id}/storage",
        permission: "storage.assign",
        inputs: &[
            Input::new("bucketId", "Bucket", Kind::Pick(&BUCKETS)).required(),
            Input::new("sendCredentials", "Send the user the credentials", Kind::Check),
            Input::reason(),
        ],
        done: "The bucket is assigned.",
        ..ONE
    },
    Action {
        path: "/staff/users/{id}/unique-id",
        title: "Change the unique id",
        about: "The former one stays reserved for this user.",
        button: "Change",
        method: "PUT",
        api: "/v1/users/{id}/unique-id",
        permission: "user.update",
        inputs: &[
            Input::new("unique_id", "Unique id", Kind::Text).hint("Empty to generate one."),
            Input::new("generate", "Generate one", Kind::Check),
            Input::reason(),
        ],
        done: "The unique id is changed.",
        ..ONE
    },
    Action {
        path: "/staff/users/{id}/external-id",
        title: "Change the external id",
        about: "The id of the user in another system. Upper and lower case differ. The former one \
                no longer finds the user.",
        button: "Change",
        method: "PUT",
        api: "/v1/users/{id}",
        permission: "user.update",
        current: Some("/v1/users/{id}"),
        inputs: &[
            Input::new("external_id", "External id", Kind::Text).hint("Empty for none."),
            Input::reason(),
        ],
        done: "The external id is changed.",
        ..ONE
    },
];
