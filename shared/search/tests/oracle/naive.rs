//! What a query means, as a plain loop over all records.

use std::{cell::RefCell, collections::HashMap};

use jiff::civil::Date;
use provost_domain::{Timestamp, UserId};
use provost_search::{
    Enrollment, EnrollmentTest, Field, Filter, Kind, Moment, Query, SortBy, SortKey, Stage, Term,
    UserRecord,
    text::{digits, each_token, identifier_form, normal_form, umlaut_form},
};

use super::naive_search::{self, Searched};

/// A record with its texts in the forms in which they are compared.
#[derive(Debug, Clone)]
pub struct User {
    pub record: UserRecord,
    pub name: Option<String>,
    pub umlaut: Option<String>,
    pub tokens: Vec<String>,
    pub phone: Option<String>,
    pub username: Option<String>,
    pub email: Option<String>,
    pub unique_id: Option<String>,
    pub external_id: Option<String>,
}

impl User {
    pub fn new(record: UserRecord) -> Self {
        let name = record.name.as_deref().map(normal_form);
        let umlaut = record.name.as_deref().and_then(umlaut_form);
        let mut tokens = Vec::new();
        for form in name.iter().chain(&umlaut) {
            each_token(form, |token| tokens.push(token.to_owned()));
        }
        let phone = record.phone.as_deref().map(digits);
        let identifier = |text: &Option<String>| text.as_deref().map(identifier_form);
        Self {
            name,
            umlaut,
            tokens,
            phone,
            username: identifier(&record.username),
            email: identifier(&record.email),
            unique_id: identifier(&record.unique_id),
            external_id: identifier(&record.external_id),
            record,
        }
    }
}

/// Users in the order of a query, with how well they match.
pub struct Answer<'a> {
    pub users: Vec<&'a User>,
    pub literal: usize,
    pub stage: Stage,
}

pub fn answer<'a>(users: &'a [User], query: &Query, now: Timestamp) -> Answer<'a> {
    let filter = query.selection.filter();
    let selected: Vec<&User> =
        users.iter().filter(|user| matches(&filter, &user.record, now)).collect();
    let searched = match &query.search {
        Some(search) => naive_search::search(users, &selected, search, None),
        None => Searched {
            hits: selected.iter().map(|user| (*user, 0)).collect(),
            literal: selected.len(),
            stage: Stage::Literal,
        },
    };
    let mut hits = searched.hits;
    let order = query.order();
    hits.sort_by(|a, b| {
        let keys = order.iter().map(|key| compare(key, a, b));
        keys.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
            .then(a.0.record.id.cmp(&b.0.record.id))
    });
    let users = hits.into_iter().map(|(user, _)| user).collect();
    Answer { users, literal: searched.literal, stage: searched.stage }
}

fn compare(key: &SortKey, a: &(&User, i64), b: &(&User, i64)) -> std::cmp::Ordering {
    use std::cmp::Ordering;
    let directed = |ordering: Ordering| if key.descending { ordering.reverse() } else { ordering };
    let SortBy::Field(field) = key.by else { return directed(a.1.cmp(&b.1)) };
    let (a, b) = (&a.0.record, &b.0.record);
    let nulls_last = |a: bool, b: bool| a.cmp(&b);
    if field.kind() == Kind::Instant {
        let (a, b) = (instant(a, field), instant(b, field));
        return match (a, b) {
            (Some(a), Some(b)) => directed(a.cmp(&b)),
            (a, b) => nulls_last(a.is_none(), b.is_none()),
        };
    }
    if field.kind() == Kind::Number {
        return directed(number(a, field).cmp(&number(b, field)));
    }
    match (form(a, field), form(b, field)) {
        (Some(a), Some(b)) => directed(a.cmp(&b)),
        (a, b) => nulls_last(a.is_none(), b.is_none()),
    }
}

/// The text of a record in the form of its field.
fn form(record: &UserRecord, field: Field) -> Option<String> {
    let text = text(record, field)?;
    Some(in_form(field, text))
}

thread_local! {
    /// The forms of texts, which are asked for over and over.
    static FORMS: RefCell<HashMap<(bool, String), String>> = RefCell::default();
}

fn remembered(identifier: bool, text: &str) -> String {
    FORMS.with_borrow_mut(|forms| {
        let form = if identifier { identifier_form } else { normal_form };
        forms.entry((identifier, text.to_owned())).or_insert_with(|| form(text)).clone()
    })
}

pub fn in_form(field: Field, text: &str) -> String {
    match field.kind() {
        Kind::Identifier => remembered(true, text),
        Kind::Exact => text.to_owned(),
        Kind::Phone => digits(text),
        _ => remembered(false, text),
    }
}

pub fn text(record: &UserRecord, field: Field) -> Option<&str> {
    let text = match field {
        Field::UniqueId => record.unique_id.as_deref(),
        Field::ExternalId => record.external_id.as_deref(),
        Field::Name => record.name.as_deref(),
        Field::Username => record.username.as_deref(),
        Field::Email => record.email.as_deref(),
        Field::Phone => record.phone.as_deref(),
        Field::Status => Some(record.status.as_str()),
        Field::SuspensionKind => record.suspension_kind.as_deref(),
        Field::StatusBefore => record.status_before.as_deref(),
        Field::DeletionState => record.deletion_state.as_deref(),
        Field::PortalTier => record.portal_tier.as_deref(),
        Field::Gender => record.gender.as_deref(),
        Field::Country => record.country.as_deref(),
        Field::Continent => record.continent.as_deref(),
        Field::State => record.state.as_deref(),
        Field::City => record.city.as_deref(),
        Field::TimeZone => record.timezone.as_deref(),
        Field::Locale => record.locale.as_deref(),
        Field::Designation => record.designation.as_deref(),
        other => panic!("{other} holds no text"),
    };
    text.filter(|text| text.chars().any(|c| !c.is_whitespace()))
}

/// The texts of a list that count now.
pub fn list(record: &UserRecord, field: Field, now: Timestamp) -> Vec<&str> {
    let timed = match field {
        Field::Grants => &record.grants,
        Field::Denials => &record.denials,
        Field::Expertise => return record.expertise.iter().map(String::as_str).collect(),
        Field::Roles => return record.roles.iter().map(String::as_str).collect(),
        Field::AuthMethods => return record.auth_methods.iter().map(String::as_str).collect(),
        Field::OauthProviders => {
            return record.oauth_providers.iter().map(String::as_str).collect();
        }
        other => panic!("{other} holds no list"),
    };
    let lives = timed.iter().filter(|entry| entry.expires_at.is_none_or(|end| end > now));
    lives.map(|entry| entry.name.as_str()).collect()
}

pub fn flag(record: &UserRecord, field: Field) -> bool {
    match field {
        Field::IsAdmin => record.is_admin,
        Field::IsInstructor => record.is_instructor,
        Field::IsLearner => record.is_learner,
        Field::EmailVerified => record.email_verified,
        Field::PhoneVerified => record.phone_verified,
        Field::HasPassword => record.has_password,
        Field::MfaEnabled => record.mfa_enabled,
        Field::MustResetPassword => record.must_reset_password,
        Field::HasAvatar => record.has_avatar,
        Field::HasBio => record.has_bio,
        Field::HasAddress => record.has_address,
        Field::ProfileComplete => record.profile_complete,
        Field::HasLegalHold => record.has_legal_hold,
        Field::IsVerified => record.is_verified,
        Field::IdVerified => record.id_verified,
        Field::StudentVerified => record.student_verified,
        Field::SupportBanned => record.support_banned,
        other => panic!("{other} is no flag"),
    }
}

fn number(record: &UserRecord, field: Field) -> Option<u64> {
    match field {
        Field::ProfileScore => record.profile_score,
        Field::FailedLoginAttempts => Some(record.failed_login_attempts),
        Field::TotalTimeSpent => record.total_time_spent,
        Field::StorageUsed => Some(record.storage_used),
        other => panic!("{other} holds no number"),
    }
}

fn instant(record: &UserRecord, field: Field) -> Option<Timestamp> {
    match field {
        Field::CreatedAt => Some(record.created_at),
        Field::UpdatedAt => Some(record.updated_at),
        Field::LastLoginAt => record.last_login_at,
        Field::LastActiveAt => record.last_active_at,
        Field::LockedUntil => record.locked_until,
        Field::SuspendedUntil => record.suspended_until,
        Field::DeletedAt => record.deleted_at,
        Field::PurgeAfter => record.purge_after,
        Field::LastLearningActivityAt => record.last_learning_activity_at,
        other => panic!("{other} holds no time"),
    }
}

fn present(record: &UserRecord, field: Field, now: Timestamp) -> bool {
    match field.kind() {
        Kind::Identifier if field == Field::Id => true,
        Kind::Identifier | Kind::Exact | Kind::Phone | Kind::Text | Kind::Keyword => {
            text(record, field).is_some()
        }
        Kind::Keywords | Kind::TimedKeywords => !list(record, field, now).is_empty(),
        Kind::Flag => flag(record, field),
        Kind::Number => number(record, field).is_some(),
        Kind::Instant => instant(record, field).is_some(),
        Kind::Date => record.date_of_birth.is_some(),
        Kind::Enrollments => !record.enrollments.is_empty(),
    }
}

pub fn matches(filter: &Filter, record: &UserRecord, now: Timestamp) -> bool {
    match filter {
        Filter::And(filters) => filters.iter().all(|filter| matches(filter, record, now)),
        Filter::Or(filters) => filters.iter().any(|filter| matches(filter, record, now)),
        Filter::Not(filter) => !matches(filter, record, now),
        Filter::Term(term) => term_matches(term, record, now),
    }
}

fn term_matches(term: &Term, record: &UserRecord, now: Timestamp) -> bool {
    match term {
        Term::Text { field, test, values } => {
            let texts: Vec<String> = match field.kind() {
                Kind::Keywords | Kind::TimedKeywords => list(record, *field, now)
                    .into_iter()
                    .map(|text| in_form(*field, text))
                    .collect(),
                _ if *field == Field::Id => vec![record.id.to_string().to_ascii_lowercase()],
                _ => form(record, *field).into_iter().collect(),
            };
            let values: Vec<String> = values.iter().map(|value| in_form(*field, value)).collect();
            let values = values.iter().filter(|value| !value.is_empty());
            values.clone().any(|value| texts.iter().any(|text| test.holds(text, value)))
        }
        Term::Present(field) => present(record, *field, now),
        Term::Number { field, min, max } => number(record, *field).is_some_and(|number| {
            min.is_none_or(|min| number >= min) && max.is_none_or(|max| number <= max)
        }),
        Term::Instant { field, from, until } => instant(record, *field).is_some_and(|time| {
            let bound = |moment: &Moment| moment.millis(now);
            from.as_ref().is_none_or(|from| time.millis() >= bound(from))
                && until.as_ref().is_none_or(|until| time.millis() < bound(until))
        }),
        Term::Date { from, until, .. } => record.date_of_birth.is_some_and(|date| {
            from.is_none_or(|from| date >= from) && until.is_none_or(|until| date < until)
        }),
        Term::Age { min, max, zone } => record.date_of_birth.is_some_and(|born| {
            let age = age(born, today(now, zone));
            min.is_none_or(|min| age >= i32::from(min))
                && max.is_none_or(|max| age <= i32::from(max))
        }),
        Term::Enrollment(test) => {
            record.enrollments.iter().any(|enrollment| enrolled(test, enrollment))
        }
    }
}

fn today(now: Timestamp, zone: &str) -> Date {
    let instant = jiff::Timestamp::from_millisecond(now.millis()).expect("a time");
    instant.in_tz(zone).expect("a zone").date()
}

fn age(born: Date, today: Date) -> i32 {
    let had = (today.month(), today.day()) >= (born.month(), born.day());
    i32::from(today.year()) - i32::from(born.year()) - i32::from(!had)
}

fn enrolled(test: &EnrollmentTest, enrollment: &Enrollment) -> bool {
    let form = |text: &str| remembered(false, text);
    let one_of = |values: &Option<Vec<String>>, text: &str| {
        let equal = |value: &String| form(value) == form(text);
        values.as_ref().is_none_or(|values| values.iter().any(equal))
    };
    one_of(&test.program_ids, &enrollment.program_id)
        && one_of(&test.program_types, &enrollment.program_type)
        && one_of(&test.statuses, &enrollment.status)
        && test.min_progress.is_none_or(|min| enrollment.progress >= min)
        && test.max_progress.is_none_or(|max| enrollment.progress <= max)
}

/// The users that match all parts of a query but those of a parameter, searched as far as before.
pub fn without<'a>(
    users: &'a [User],
    query: &Query,
    parameter: &str,
    stage: Stage,
    now: Timestamp,
) -> Vec<&'a User> {
    let filter = query.selection.without(parameter).filter();
    let selected: Vec<&User> =
        users.iter().filter(|user| matches(&filter, &user.record, now)).collect();
    match &query.search {
        Some(search) => {
            let searched = naive_search::search(users, &selected, search, Some(stage));
            searched.hits.into_iter().map(|(user, _)| user).collect()
        }
        None => selected,
    }
}

pub fn ids(users: &[&User]) -> Vec<UserId> {
    users.iter().map(|user| user.record.id).collect()
}
