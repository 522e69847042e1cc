//! A few users, a catalogue of roles and permissions, and short ways to ask for them.

use std::collections::BTreeSet;

use provost_domain::{ApiError, Code, Permission, TimeZone, Timestamp, UserId};
use provost_search::{
    Enrollment, Field, Filter, TimedPermission, UserRecord,
    query::{HiddenField, ListQuery, PermissionHolders, RoleNames, Vocabulary, parameters, scim},
    record::is_present,
};

use crate::matcher::matches;

pub const NOW: &str = "2026-11-28T18:30:00.000Z";

pub fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A user with a name, created at a time.
pub fn user(name: &str, created_at: &str) -> UserRecord {
    let mut letters = String::from("usr_01");
    letters.extend(name.bytes().flat_map(|b| [b'A' + (b >> 4), b'0' + (b & 7)]).map(char::from));
    letters = format!("{letters:0<30}").chars().take(30).collect();
    let id: UserId = letters.replace(['I', 'L', 'O', 'U'], "Z").parse().unwrap();
    let mut user = UserRecord::new(id, 1, "active", time(created_at));
    user.name = Some(name.to_owned());
    user
}

/// Sets the bio as a writer of the index would.
pub fn with_bio(mut user: UserRecord, bio: Option<&str>) -> UserRecord {
    user.has_bio = bio.is_some_and(is_present);
    user
}

pub fn enrolled(program: &str, status: &str, percent: u16) -> Enrollment {
    Enrollment {
        program_id: program.to_owned(),
        program_type: "course".to_owned(),
        status: status.to_owned(),
        progress: percent * 100,
    }
}

pub fn until(name: &str, end: Option<&str>) -> TimedPermission {
    TimedPermission { name: name.to_owned(), expires_at: end.map(time) }
}

/// Users of many kinds: with and without values, of every status.
pub fn users() -> Vec<UserRecord> {
    let mut ada = user("Ada", "2026-11-26T00:00:00.000Z");
    ada.country = Some("BD".to_owned());
    ada.city = Some("Dhaka".to_owned());
    ada.designation = Some("Teacher".to_owned());
    ada.expertise = vec!["algebra".to_owned(), "C; C++".to_owned()];
    ada.oauth_providers = vec!["google".to_owned()];
    ada.auth_methods = vec!["email".to_owned(), "oauth".to_owned()];
    ada.roles = vec!["rol_editor".to_owned()];
    ada.is_admin = true;
    ada.locale = Some("en-GB".to_owned());
    ada.timezone = Some("Asia/Dhaka".to_owned());
    ada.email = Some("ada@example.org".to_owned());
    ada.username = Some("ada.l".to_owned());
    ada.profile_score = Some(72);
    ada.last_login_at = Some(time("2026-01-01T00:00:00Z"));
    ada.date_of_birth = Some(jiff::civil::date(2004, 2, 29));
    ada.enrollments = vec![enrolled("A", "completed", 100), enrolled("B", "active", 10)];
    let mut bela = user("Bela", "2026-11-26T23:59:59.999Z");
    bela.country = Some("NO".to_owned());
    bela.city = Some("Oslo".to_owned());
    bela.status = "suspended".to_owned();
    bela.suspension_kind = Some("ban".to_owned());
    bela.roles = vec!["user".to_owned(), "staff".to_owned()];
    bela.locale = Some("en".to_owned());
    bela.is_learner = true;
    bela.enrollments = vec![enrolled("B", "completed", 60)];
    bela.date_of_birth = Some(jiff::civil::date(2003, 3, 1));
    bela.grants = vec![until("course.update", None)];
    let mut cleo = user("Cleo", "2026-11-27T00:00:00.000Z");
    cleo.city = Some(" ".to_owned());
    cleo.status = "deleted".to_owned();
    cleo.deletion_state = Some("scheduled".to_owned());
    cleo.deleted_at = Some(time("2026-11-28T00:00:00Z"));
    let mut dora = user("Dora", "2026-08-01T12:00:00.000Z");
    dora.status = "inactive".to_owned();
    dora.locale = Some("english-dialect".to_owned());
    dora.last_active_at = Some(time("2026-11-01T12:00:00Z"));
    let eve = user("Eve", "2026-11-28T12:00:00.000Z");
    vec![ada, bela, cleo, dora, eve]
}

pub fn with_vocabulary<T>(personal_data: bool, ask: impl FnOnce(&Vocabulary<'_>) -> T) -> T {
    let names = |id: &str, names: &[&str]| RoleNames {
        id: id.to_owned(),
        names: names.iter().map(|name| (*name).to_owned()).collect(),
    };
    let roles = [
        names("user", &["user"]),
        names("staff", &["staff"]),
        names("admin", &["admin"]),
        names("rootAdmin", &["rootAdmin", "SUPERADMIN"]),
        names("rol_editor", &["Editor"]),
    ];
    let held = |name: &str, roles: &[&str]| PermissionHolders {
        name: name.to_owned(),
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
    };
    let permissions = [
        held("course.update", &["rol_editor", "rootAdmin"]),
        held("user.list", &["staff", "admin", "rootAdmin"]),
    ];
    let all = [
        (Field::Email, Permission::UserView),
        (Field::Phone, Permission::BillingRead),
        (Field::DateOfBirth, Permission::UserUpdate),
        (Field::LastLoginAt, Permission::SessionRead),
        (Field::Enrollments, Permission::UserView),
    ]
    .map(|(field, permission)| HiddenField { field, permission });
    let hidden: &[HiddenField] = if personal_data { &[] } else { &all };
    ask(&Vocabulary { roles: &roles, permissions: &permissions, hidden })
}

pub fn read(query: &str) -> Result<ListQuery, ApiError> {
    with_vocabulary(true, |vocabulary| parameters::parse(query, &[], vocabulary))
}

pub fn expression(text: &str) -> Result<Filter, ApiError> {
    with_vocabulary(true, |vocabulary| scim::parse(text, &TimeZone::UTC, vocabulary))
}

/// The names of the users that match a query at a time.
pub fn found_among_at(users: &[UserRecord], query: &str, now: &str) -> BTreeSet<String> {
    let list = read(query).unwrap_or_else(|error| panic!("{query}: {error:?}"));
    list.selection.validate().unwrap();
    let filter = list.selection.filter();
    let found = users.iter().filter(|user| matches(user, &filter, time(now)));
    found.filter_map(|user| user.name.clone()).collect()
}

pub fn found_among(users: &[UserRecord], query: &str) -> BTreeSet<String> {
    found_among_at(users, query, NOW)
}

/// The names of the users of the world that match a query, with blanks between them.
pub fn found(query: &str) -> String {
    found_among(&users(), query).into_iter().collect::<Vec<_>>().join(" ")
}

/// The names of the users of the world that match an expression.
pub fn meant(text: &str) -> String {
    let filter = expression(text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
    let users = users();
    let found = users.iter().filter(|user| matches(user, &filter, time(NOW)));
    found.filter_map(|user| user.name.clone()).collect::<Vec<_>>().join(" ")
}

/// The field and its code that an error names.
pub fn named<T: std::fmt::Debug>(read: Result<T, ApiError>) -> (String, &'static str) {
    let error = read.expect_err("must be refused");
    match error.fields.first() {
        Some(field) => (field.field.clone(), field.code),
        None => {
            assert_eq!(error.code, Code::UnknownParameter);
            let name = error.extra.get("parameter").and_then(|name| name.as_str());
            (name.unwrap_or_default().to_owned(), "unknown")
        }
    }
}

pub fn refused(query: &str) -> (String, &'static str) {
    named(read(query))
}

/// The character at which an expression is wrong.
pub fn wrong_at(text: &str) -> u64 {
    let error = expression(text).expect_err(text);
    error.extra.get("position").and_then(serde_json::Value::as_u64).expect("a position")
}

/// The sentence of the first field of an error.
pub fn sentence<T: std::fmt::Debug>(read: Result<T, ApiError>) -> String {
    read.expect_err("must be refused").fields.first().expect("a field").message.clone()
}
