//! Makes filters: the frequent ones by one call each.

use super::{Filter, Moment, Term, TextTest};
use crate::Field;

impl Filter {
    /// Every user.
    pub const fn all() -> Self {
        Self::And(Vec::new())
    }

    /// Nobody.
    pub const fn none() -> Self {
        Self::Or(Vec::new())
    }

    /// Users whose text is one of the values.
    pub fn any_of<V: Into<String>>(field: Field, values: impl IntoIterator<Item = V>) -> Self {
        let values = values.into_iter().map(Into::into).collect();
        Self::Term(Term::Text { field, test: TextTest::Equal, values })
    }

    /// Users with all of the texts in their list.
    pub fn all_of<V: Into<String>>(field: Field, values: impl IntoIterator<Item = V>) -> Self {
        Self::And(values.into_iter().map(|value| Self::any_of(field, [value])).collect())
    }

    /// Users whose flag has this value.
    pub fn flag(field: Field, value: bool) -> Self {
        Self::present(field).negated_if(!value)
    }

    /// Users that have a value in the field.
    pub const fn present(field: Field) -> Self {
        Self::Term(Term::Present(field))
    }

    /// Users whose number lies between both, included.
    pub const fn number(field: Field, min: Option<u64>, max: Option<u64>) -> Self {
        Self::Term(Term::Number { field, min, max })
    }

    /// Users whose time is at or after one moment and before another.
    pub const fn instant(field: Field, from: Option<Moment>, until: Option<Moment>) -> Self {
        Self::Term(Term::Instant { field, from, until })
    }

    /// Users whose lock after failed sign-ins has not ended.
    pub const fn locked() -> Self {
        // A lock ends at its time: `until > now` to the millisecond.
        Self::instant(Field::LockedUntil, Some(Moment::FromNow(1)), None)
    }

    /// Users that were active in the last days. A user without a recorded activity counts by the
    /// last sign-in.
    pub fn active_in_last_days(days: u32) -> Self {
        let since = |field| Self::instant(field, Some(Moment::days_ago(days)), None);
        Self::Or(vec![
            since(Field::LastActiveAt),
            Self::And(vec![Self::present(Field::LastActiveAt).not(), since(Field::LastLoginAt)]),
        ])
    }

    /// Users that were last active before that many days, or never and were created before.
    pub fn inactive_for_days(days: u32) -> Self {
        let before = |field| Self::instant(field, None, Some(Moment::days_ago(days)));
        Self::Or(vec![
            before(Field::LastActiveAt),
            Self::And(vec![Self::present(Field::LastActiveAt).not(), before(Field::CreatedAt)]),
        ])
    }

    /// Users that effectively hold one of the permissions. Each comes with the ids of the roles
    /// that contain it; those that contain every permission included. A direct denial overrides
    /// roles and grants.
    pub fn holds_permission(permissions: impl IntoIterator<Item = (String, Vec<String>)>) -> Self {
        let holds = |(name, roles): (String, Vec<String>)| {
            Self::And(vec![
                Self::Or(vec![
                    Self::any_of(Field::Roles, roles),
                    Self::any_of(Field::Grants, [name.clone()]),
                ]),
                Self::any_of(Field::Denials, [name]).not(),
            ])
        };
        Self::Or(permissions.into_iter().map(holds).collect())
    }

    /// Users that do not match this.
    #[must_use]
    #[allow(clippy::should_implement_trait, reason = "a filter is not a number")]
    pub fn not(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// This filter, or its complement.
    #[must_use]
    pub fn negated_if(self, negated: bool) -> Self {
        if negated { self.not() } else { self }
    }
}
