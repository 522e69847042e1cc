//! The meaning of a filter, in the plainest form: a loop over one user.

use jiff::civil::Date;
use provost_domain::{TimeZone, Timestamp, text::fold};
use provost_search::{
    EnrollmentTest, Field, Filter, Moment, Term, TextTest, UserRecord, record::is_present,
};

/// Whether a user matches a filter at a time.
pub fn matches(user: &UserRecord, filter: &Filter, now: Timestamp) -> bool {
    match filter {
        Filter::And(inner) => inner.iter().all(|filter| matches(user, filter, now)),
        Filter::Or(inner) => inner.iter().any(|filter| matches(user, filter, now)),
        Filter::Not(inner) => !matches(user, inner, now),
        Filter::Term(term) => passes(user, term, now),
    }
}

fn passes(user: &UserRecord, term: &Term, now: Timestamp) -> bool {
    match term {
        Term::Text { field, test, values } => texts(user, *field, now).iter().any(|text| {
            values
                .iter()
                .any(|value| compares(&normal(*field, text), *test, &normal(*field, value)))
        }),
        Term::Present(field) => {
            flag(user, *field)
                || !texts(user, *field, now).is_empty()
                || instant(user, *field).is_some()
                || number(user, *field).is_some()
                || (*field == Field::DateOfBirth && user.date_of_birth.is_some())
                || (*field == Field::Enrollments && !user.enrollments.is_empty())
        }
        Term::Number { field, min, max } => number(user, *field)
            .is_some_and(|n| min.is_none_or(|min| n >= min) && max.is_none_or(|max| n <= max)),
        Term::Instant { field, from, until } => instant(user, *field).is_some_and(|at| {
            let millis = |moment: Moment| moment.millis(now);
            from.is_none_or(|from| at.millis() >= millis(from))
                && until.is_none_or(|until| at.millis() < millis(until))
        }),
        Term::Date { field: _, from, until } => user.date_of_birth.is_some_and(|date| {
            from.is_none_or(|from| date >= from) && until.is_none_or(|until| date < until)
        }),
        Term::Age { min, max, zone } => user.date_of_birth.is_some_and(|born| {
            let age = age(born, zone.parse::<TimeZone>().unwrap().date(now));
            min.is_none_or(|min| age >= i16::try_from(min).unwrap())
                && max.is_none_or(|max| age <= i16::try_from(max).unwrap())
        }),
        Term::Enrollment(test) => user.enrollments.iter().any(|one| {
            let EnrollmentTest { program_ids, program_types, statuses, .. } = test;
            let listed = |list: &Option<Vec<String>>, value: &String| {
                list.as_ref().is_none_or(|list| list.contains(value))
            };
            listed(program_ids, &one.program_id)
                && listed(program_types, &one.program_type)
                && listed(statuses, &one.status)
                && test.min_progress.is_none_or(|min| one.progress >= min)
                && test.max_progress.is_none_or(|max| one.progress <= max)
        }),
    }
}

/// Whole years. Who was born on 29 February is a year older on 1 March of a common year.
fn age(born: Date, today: Date) -> i16 {
    let before_birthday = (today.month(), today.day()) < (born.month(), born.day());
    today.year() - born.year() - i16::from(before_birthday)
}

fn normal(field: Field, text: &str) -> String {
    match field {
        Field::Phone => text.chars().filter(char::is_ascii_digit).collect(),
        Field::Id | Field::UniqueId | Field::Username | Field::Email => text.to_lowercase(),
        Field::ExternalId => text.to_owned(),
        _ => fold(text),
    }
}

fn compares(text: &str, test: TextTest, value: &str) -> bool {
    match test {
        TextTest::Equal => text == value,
        TextTest::StartsWith => text.starts_with(value),
        TextTest::Contains => text.contains(value),
        TextTest::EndsWith => text.ends_with(value),
        TextTest::Greater => text > value,
        TextTest::GreaterOrEqual => text >= value,
        TextTest::Less => text < value,
        TextTest::LessOrEqual => text <= value,
    }
}

fn texts(user: &UserRecord, field: Field, now: Timestamp) -> Vec<String> {
    let live = |permissions: &[provost_search::TimedPermission]| {
        let live = permissions.iter().filter(|one| one.expires_at.is_none_or(|end| end > now));
        live.map(|one| one.name.clone()).collect::<Vec<_>>()
    };
    let one = match field {
        Field::Id => Some(user.id.to_string()),
        Field::UniqueId => user.unique_id.clone(),
        Field::ExternalId => user.external_id.clone(),
        Field::Name => user.name.clone(),
        Field::Username => user.username.clone(),
        Field::Email => user.email.clone(),
        Field::Phone => user.phone.clone(),
        Field::Status => Some(user.status.clone()),
        Field::SuspensionKind => user.suspension_kind.clone(),
        Field::StatusBefore => user.status_before.clone(),
        Field::DeletionState => user.deletion_state.clone(),
        Field::Gender => user.gender.clone(),
        Field::Country => user.country.clone(),
        Field::Continent => user.continent.clone(),
        Field::State => user.state.clone(),
        Field::City => user.city.clone(),
        Field::TimeZone => user.timezone.clone(),
        Field::Locale => user.locale.clone(),
        Field::Designation => user.designation.clone(),
        Field::Expertise => return user.expertise.clone(),
        Field::Roles => return user.roles.clone(),
        Field::AuthMethods => return user.auth_methods.clone(),
        Field::OauthProviders => return user.oauth_providers.clone(),
        Field::Grants => return live(&user.grants),
        Field::Denials => return live(&user.denials),
        _ => None,
    };
    one.filter(|text| is_present(text)).into_iter().collect()
}

fn flag(user: &UserRecord, field: Field) -> bool {
    match field {
        Field::IsAdmin => user.is_admin,
        Field::IsInstructor => user.is_instructor,
        Field::IsLearner => user.is_learner,
        Field::EmailVerified => user.email_verified,
        Field::HasBio => user.has_bio,
        Field::HasAddress => user.has_address,
        Field::HasLegalHold => user.has_legal_hold,
        _ => false,
    }
}

fn number(user: &UserRecord, field: Field) -> Option<u64> {
    match field {
        Field::ProfileScore => user.profile_score,
        Field::FailedLoginAttempts => Some(user.failed_login_attempts),
        Field::TotalTimeSpent => user.total_time_spent,
        Field::StorageUsed => Some(user.storage_used),
        _ => None,
    }
}

fn instant(user: &UserRecord, field: Field) -> Option<Timestamp> {
    match field {
        Field::CreatedAt => Some(user.created_at),
        Field::UpdatedAt => Some(user.updated_at),
        Field::LastLoginAt => user.last_login_at,
        Field::LastActiveAt => user.last_active_at,
        Field::LockedUntil => user.locked_until,
        Field::SuspendedUntil => user.suspended_until,
        Field::DeletedAt => user.deleted_at,
        Field::PurgeAfter => user.purge_after,
        _ => None,
    }
}
