//! The typed form of a filter: what the parsers of query parameters and of SCIM expressions produce
//! and the engine evaluates.
//!
//! A filter describes a set of users at the time of a query. Relative times stay relative
//! ([`Moment::FromNow`], [`Term::Age`]), so that the same filter can be asked again: for the next
//! page, or when a bulk action that was planned with it is carried out.

mod build;
mod iso_date;
mod selection;

use std::collections::BTreeSet;

use provost_domain::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Field, Kind};
pub use selection::{Part, Selection};

/// How deep a filter may be nested, the leaves included.
pub const MAX_DEPTH: usize = 24;

/// A condition on users.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Filter {
    /// Users that match all; with no filter inside, every user.
    And(Vec<Self>),
    /// Users that match at least one; with no filter inside, nobody.
    Or(Vec<Self>),
    /// Users that do not match, those without a value included.
    Not(Box<Self>),
    /// A condition on one field.
    Term(Term),
}

/// A condition on one field. A user without a value in the field never matches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    /// The text, or one text of the list, passes the test with at least one of the values. For the
    /// kinds [`Identifier`](Kind::Identifier), [`Exact`](Kind::Exact), [`Phone`](Kind::Phone),
    /// [`Text`](Kind::Text), [`Keyword`](Kind::Keyword), [`Keywords`](Kind::Keywords) and
    /// [`TimedKeywords`](Kind::TimedKeywords). No value means nobody.
    Text {
        /// The field.
        field: Field,
        /// How the text is compared.
        test: TextTest,
        /// The values, in any spelling: the engine brings them into the form of the field.
        values: Vec<String>,
    },
    /// There is a value: a text that is not blank, a list that is not empty, a flag that is set, a
    /// number, a time.
    Present(Field),
    /// The number lies between `min` and `max`, both included. For the kind
    /// [`Number`](Kind::Number). Progress is part of [`Term::Enrollment`].
    Number {
        /// The field.
        field: Field,
        /// The smallest number that matches.
        min: Option<u64>,
        /// The largest number that matches.
        max: Option<u64>,
    },
    /// The time is at or after `from`, and before `until`. For the kind
    /// [`Instant`](Kind::Instant). Times are kept to the millisecond: round a finer bound up.
    Instant {
        /// The field.
        field: Field,
        /// The first instant that matches.
        from: Option<Moment>,
        /// The first instant that no longer matches.
        until: Option<Moment>,
    },
    /// The date is at or after `from`, and before `until`. For the kind [`Date`](Kind::Date).
    Date {
        /// The field.
        field: Field,
        /// The first date that matches.
        #[serde(with = "iso_date")]
        from: Option<jiff::civil::Date>,
        /// The first date that no longer matches.
        #[serde(with = "iso_date")]
        until: Option<jiff::civil::Date>,
    },
    /// The age in whole years, on the date that the time of the query has in `zone`, lies between
    /// `min` and `max`, both included. Somebody born on 29 February is a year older on 1 March of a
    /// common year. Looks at [`Field::DateOfBirth`].
    Age {
        /// The lowest age that matches.
        min: Option<u16>,
        /// The highest age that matches.
        max: Option<u16>,
        /// The name of the time zone (IANA) whose date counts.
        zone: String,
    },
    /// One enrolment passes the whole test. Looks at [`Field::Enrollments`].
    Enrollment(EnrollmentTest),
}

/// How a text is compared with a value, both in the form of the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextTest {
    /// It is the value.
    Equal,
    /// It begins with the value.
    StartsWith,
    /// It contains the value.
    Contains,
    /// It ends with the value.
    EndsWith,
    /// It comes after the value in the order of code points.
    Greater,
    /// It is the value or comes after it.
    GreaterOrEqual,
    /// It comes before the value.
    Less,
    /// It is the value or comes before it.
    LessOrEqual,
}

impl TextTest {
    /// Whether a text passes the test with a value, both in the form of the field. Code points have
    /// the order of the bytes of UTF-8.
    pub fn holds(self, text: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> bool {
        let (text, value) = (text.as_ref(), value.as_ref());
        match self {
            Self::Equal => text == value,
            Self::StartsWith => text.starts_with(value),
            Self::Contains => memchr::memmem::find(text, value).is_some(),
            Self::EndsWith => text.ends_with(value),
            Self::Greater => text > value,
            Self::GreaterOrEqual => text >= value,
            Self::Less => text < value,
            Self::LessOrEqual => text <= value,
        }
    }
}

/// A point in time, or one relative to the time of the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// That instant.
    At(Timestamp),
    /// That many milliseconds after the time of the query; before it if negative.
    FromNow(i64),
}

impl Moment {
    /// The time of the query.
    pub const NOW: Self = Self::FromNow(0);

    /// That many days of 24 hours before the time of the query.
    pub fn days_ago(days: u32) -> Self {
        Self::FromNow(-i64::from(days) * provost_domain::time::DAY)
    }

    /// The instant in milliseconds since the start of 1970.
    pub fn millis(self, now: Timestamp) -> i64 {
        match self {
            Self::At(instant) => instant.millis(),
            Self::FromNow(millis) => now.millis().saturating_add(millis),
        }
    }
}

/// What one enrolment must meet; an absent part is no condition.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrollmentTest {
    /// The program is one of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub program_ids: Option<Vec<String>>,
    /// The type of the program is one of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub program_types: Option<Vec<String>>,
    /// The status of the enrolment is one of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statuses: Option<Vec<String>>,
    /// The lowest progress, in hundredths of a percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_progress: Option<u16>,
    /// The highest progress, in hundredths of a percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_progress: Option<u16>,
}

/// A filter that no engine can evaluate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidFilter {
    /// The term does not apply to fields of this kind.
    #[error("`{field}` cannot be compared in this way")]
    WrongKind {
        /// The field.
        field: Field,
    },
    /// The time zone is unknown.
    #[error("`{zone}` is not a time zone of the IANA database")]
    UnknownZone {
        /// The name.
        zone: String,
    },
    /// The filter is nested deeper than [`MAX_DEPTH`].
    #[error("the filter is nested too deep")]
    TooDeep,
}

impl Filter {
    /// The fields that the filter looks at.
    pub fn fields(&self) -> BTreeSet<Field> {
        let mut fields = BTreeSet::new();
        self.collect_fields(&mut fields);
        fields
    }

    fn collect_fields(&self, fields: &mut BTreeSet<Field>) {
        match self {
            Self::And(inner) | Self::Or(inner) => {
                for filter in inner {
                    filter.collect_fields(fields);
                }
            }
            Self::Not(inner) => inner.collect_fields(fields),
            Self::Term(term) => {
                fields.insert(term.field());
            }
        }
    }

    /// Whether the engine can evaluate the filter.
    ///
    /// # Errors
    /// Says what is wrong if a term does not apply to its field, a time zone is unknown, or the
    /// filter is nested too deep.
    pub fn validate(&self) -> Result<(), InvalidFilter> {
        self.validate_below(MAX_DEPTH)
    }

    fn validate_below(&self, depth: usize) -> Result<(), InvalidFilter> {
        let depth = depth.checked_sub(1).ok_or(InvalidFilter::TooDeep)?;
        match self {
            Self::And(inner) | Self::Or(inner) => {
                inner.iter().try_for_each(|filter| filter.validate_below(depth))
            }
            Self::Not(inner) => inner.validate_below(depth),
            Self::Term(term) => term.validate(),
        }
    }
}

impl Term {
    /// The field that the term looks at.
    pub const fn field(&self) -> Field {
        match self {
            Self::Text { field, .. }
            | Self::Present(field)
            | Self::Number { field, .. }
            | Self::Instant { field, .. }
            | Self::Date { field, .. } => *field,
            Self::Age { .. } => Field::DateOfBirth,
            Self::Enrollment(_) => Field::Enrollments,
        }
    }

    fn validate(&self) -> Result<(), InvalidFilter> {
        use Kind::{Exact, Identifier, Keyword, Keywords, Phone, Text, TimedKeywords};
        let field = self.field();
        let kind = field.kind();
        let applies = match self {
            Self::Text { .. } => {
                matches!(
                    kind,
                    Identifier | Exact | Phone | Text | Keyword | Keywords | TimedKeywords
                )
            }
            Self::Number { .. } => kind == Kind::Number,
            Self::Instant { .. } => kind == Kind::Instant,
            Self::Date { .. } => kind == Kind::Date,
            Self::Present(_) | Self::Enrollment(_) => true,
            Self::Age { zone, .. } => {
                if jiff::tz::TimeZone::get(zone).is_err() {
                    return Err(InvalidFilter::UnknownZone { zone: zone.clone() });
                }
                true
            }
        };
        if applies { Ok(()) } else { Err(InvalidFilter::WrongKind { field }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_must_fit_the_kind_of_its_field() {
        let wrong = [
            Filter::any_of(Field::IsAdmin, ["true"]),
            Filter::number(Field::CreatedAt, Some(1), None),
            Filter::instant(Field::ProfileScore, None, Some(Moment::NOW)),
            Filter::Not(Box::new(Filter::Or(vec![Filter::any_of(Field::CreatedAt, ["2026"])]))),
        ];
        for filter in wrong {
            let field = *filter.fields().first().expect("one field");
            assert_eq!(filter.validate(), Err(InvalidFilter::WrongKind { field }));
        }
        assert_eq!(Filter::any_of(Field::Name, ["Ada"]).validate(), Ok(()));
        let age = Term::Age { min: Some(18), max: None, zone: "Mars/Phobos".to_owned() };
        let unknown = InvalidFilter::UnknownZone { zone: "Mars/Phobos".to_owned() };
        assert_eq!(Filter::Term(age).validate(), Err(unknown));
    }

    #[test]
    fn a_filter_that_is_nested_too_deep_is_not_evaluated() {
        let nest = |depth| (1..depth).fold(Filter::all(), |inner, _| Filter::And(vec![inner]));
        assert_eq!(nest(MAX_DEPTH).validate(), Ok(()));
        assert_eq!(nest(MAX_DEPTH + 1).validate(), Err(InvalidFilter::TooDeep));
    }

    #[test]
    fn two_negations_are_none() {
        let filter = Filter::present(Field::City);
        assert_eq!(filter.clone().not().not(), filter);
    }
}
