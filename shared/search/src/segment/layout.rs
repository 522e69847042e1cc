//! Which column of a segment belongs to which field.

use crate::{Field, Kind};

/// The text columns of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Text {
    /// Unique id, as identifier.
    UniqueId,
    /// External id, as identifier: for the search box.
    ExternalId,
    /// External id as it is: for filters.
    ExternalIdExact,
    /// Name in normal form.
    Name,
    /// Name with umlauts written as two letters, where it has any.
    Umlaut,
    /// Username, as identifier.
    Username,
    /// Email address, as identifier.
    Email,
    /// Digits of the phone number.
    Phone,
}

/// Every text column.
pub(crate) const TEXTS: [Text; 8] = [
    Text::UniqueId,
    Text::ExternalId,
    Text::ExternalIdExact,
    Text::Name,
    Text::Umlaut,
    Text::Username,
    Text::Email,
    Text::Phone,
];

impl Text {
    /// The column in which a filter by the field looks. The id has no text column.
    pub const fn of(field: Field) -> Option<Self> {
        match field {
            Field::UniqueId => Some(Self::UniqueId),
            Field::ExternalId => Some(Self::ExternalIdExact),
            Field::Name => Some(Self::Name),
            Field::Username => Some(Self::Username),
            Field::Email => Some(Self::Email),
            Field::Phone => Some(Self::Phone),
            _ => None,
        }
    }

    /// The field whose values the column holds.
    pub const fn field(self) -> Field {
        match self {
            Self::UniqueId => Field::UniqueId,
            Self::ExternalId | Self::ExternalIdExact => Field::ExternalId,
            Self::Name | Self::Umlaut => Field::Name,
            Self::Username => Field::Username,
            Self::Email => Field::Email,
            Self::Phone => Field::Phone,
        }
    }
}

/// The fields that share one kind of column.
pub(crate) struct Group(&'static [Kind]);

/// Fields with one of few texts.
pub(crate) const KEYWORDS: Group = Group(&[Kind::Keyword]);
/// Fields with a list of texts.
pub(crate) const LISTS: Group = Group(&[Kind::Keywords, Kind::TimedKeywords]);
/// Fields that are yes or no.
pub(crate) const FLAGS: Group = Group(&[Kind::Flag]);
/// Fields with a number, a time or a date.
pub(crate) const INTEGERS: Group = Group(&[Kind::Number, Kind::Instant, Kind::Date]);

impl Group {
    /// The fields, in the order of the catalogue.
    pub fn fields(&self) -> impl Iterator<Item = Field> + use<> {
        let kinds = self.0;
        Field::ALL.iter().copied().filter(|field| kinds.contains(&field.kind()))
    }

    /// The number of the fields of the group before a field of it.
    pub fn position(&self, field: Field) -> usize {
        debug_assert!(self.0.contains(&field.kind()), "{field} is in another kind of column");
        POSITIONS[field as usize]
    }
}

/// For each field the number of fields before it that share its kind of column. Looked up for every
/// row, so made when the program is compiled.
const POSITIONS: [usize; Field::ALL.len()] = {
    let mut positions = [0; Field::ALL.len()];
    let mut at = 0;
    while at < Field::ALL.len() {
        let mut before = 0;
        while before < at {
            if group(Field::ALL[before].kind()) == group(Field::ALL[at].kind()) {
                positions[at] += 1;
            }
            before += 1;
        }
        at += 1;
    }
    positions
};

/// A number for each group of kinds that share a kind of column.
const fn group(kind: Kind) -> u8 {
    match kind {
        Kind::Identifier | Kind::Exact | Kind::Phone | Kind::Text => 0,
        Kind::Keyword => 1,
        Kind::Keywords | Kind::TimedKeywords => 2,
        Kind::Flag => 3,
        Kind::Number | Kind::Instant | Kind::Date => 4,
        Kind::Enrollments => 5,
    }
}

/// The number under which the column of a field is stored. It never changes, and the number of a
/// field that is removed is not used again.
pub(crate) const fn tag(field: Field) -> u64 {
    match field {
        Field::Id => 1,
        Field::UniqueId => 2,
        Field::ExternalId => 3,
        Field::Name => 4,
        Field::Username => 5,
        Field::Email => 6,
        Field::Phone => 7,
        Field::Status => 10,
        Field::SuspensionKind => 11,
        Field::DeletionState => 12,
        Field::PortalTier => 13,
        Field::Gender => 14,
        Field::Country => 15,
        Field::Continent => 16,
        Field::State => 17,
        Field::City => 18,
        Field::TimeZone => 19,
        Field::Locale => 20,
        Field::Designation => 21,
        Field::StatusBefore => 22,
        Field::Expertise => 30,
        Field::Roles => 31,
        Field::AuthMethods => 32,
        Field::OauthProviders => 33,
        Field::Grants => 34,
        Field::Denials => 35,
        Field::IsAdmin => 64,
        Field::IsInstructor => 65,
        Field::IsLearner => 66,
        Field::EmailVerified => 67,
        Field::PhoneVerified => 68,
        Field::HasPassword => 69,
        Field::MfaEnabled => 70,
        Field::MustResetPassword => 71,
        Field::HasAvatar => 72,
        Field::HasBio => 73,
        Field::HasAddress => 74,
        Field::ProfileComplete => 75,
        Field::HasLegalHold => 76,
        Field::IsVerified => 77,
        Field::IdVerified => 78,
        Field::StudentVerified => 79,
        Field::SupportBanned => 80,
        Field::ProfileScore => 40,
        Field::FailedLoginAttempts => 41,
        Field::TotalTimeSpent => 42,
        Field::CreatedAt => 43,
        Field::UpdatedAt => 44,
        Field::LastLoginAt => 45,
        Field::LastActiveAt => 46,
        Field::LockedUntil => 47,
        Field::SuspendedUntil => 48,
        Field::DeletedAt => 49,
        Field::PurgeAfter => 50,
        Field::LastLearningActivityAt => 51,
        Field::DateOfBirth => 52,
        Field::Enrollments => 53,
        Field::StorageUsed => 54,
    }
}

/// The number of the column of versions.
pub(crate) const VERSIONS: u64 = 8;
/// The number of the column of second spellings of names.
pub(crate) const UMLAUTS: u64 = 9;
/// The number of the column of external ids as they are.
pub(crate) const EXACT_EXTERNAL_IDS: u64 = 55;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_position_is_that_in_the_list_of_the_group() {
        for group in [KEYWORDS, LISTS, FLAGS, INTEGERS] {
            for (position, field) in group.fields().enumerate() {
                assert_eq!(group.position(field), position, "{field}");
            }
        }
    }

    #[test]
    fn every_column_has_a_number_of_its_own() {
        let mut tags: BTreeSet<u64> = Field::ALL.iter().map(|field| tag(*field)).collect();
        tags.extend([VERSIONS, UMLAUTS, EXACT_EXTERNAL_IDS]);
        assert_eq!(tags.len(), Field::ALL.len() + 3);
    }
}
