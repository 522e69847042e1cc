//! The attributes of filter expressions: the names of SCIM and of our own fields.

use crate::{
    Field, Filter,
    query::{
        errors,
        table::{Meaning, PARAMETERS},
    },
};

/// What a condition looks at.
#[derive(Debug, Clone, Copy)]
pub(super) enum Attribute {
    /// A field of the index.
    Field(Field),
    /// A condition that holds or does not.
    Flag(fn(bool) -> Filter),
    /// The age in years.
    Age,
    /// The permissions that a user effectively holds.
    Permission,
    /// A part of an enrolment.
    Enrollment(Part),
}

/// A part of an enrolment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    ProgramId,
    ProgramType,
    Status,
    Progress,
}

/// The schema of users, which may stand before a name.
const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:User:";

/// The names of SCIM (RFC 7643) that differ from those of our fields.
const SCIM: &[(&str, Field)] = &[
    ("displayName", Field::Name),
    ("name.formatted", Field::Name),
    ("emails", Field::Email),
    ("emails.value", Field::Email),
    ("phoneNumbers", Field::Phone),
    ("phoneNumbers.value", Field::Phone),
    ("title", Field::Designation),
    ("preferredLanguage", Field::Locale),
    ("addresses.country", Field::Country),
    ("addresses.region", Field::State),
    ("addresses.locality", Field::City),
    ("roles.value", Field::Roles),
    ("meta.created", Field::CreatedAt),
    ("meta.lastModified", Field::UpdatedAt),
];

/// The parts of an enrolment.
const PARTS: &[(&str, Part)] = &[
    ("enrollments.program_id", Part::ProgramId),
    ("enrollments.program_type", Part::ProgramType),
    ("enrollments.status", Part::Status),
    ("enrollments.progress", Part::Progress),
];

impl Attribute {
    /// The attribute with this name, within the one before an open square bracket. Case and
    /// underscores do not matter, so `created_at` and `createdAt` are the same.
    ///
    /// # Errors
    /// A sentence, with the nearest name.
    pub(super) fn parse(name: &str, within: Option<&str>) -> Result<Self, String> {
        let full = match within {
            Some(outer) => format!("{outer}.{name}"),
            None => name.to_owned(),
        };
        let has_schema = full.get(..SCHEMA.len()).is_some_and(|s| s.eq_ignore_ascii_case(SCHEMA));
        let wanted = if has_schema { &full[SCHEMA.len()..] } else { full.as_str() };
        if let Some((_, attribute)) = Self::all().find(|(known, _)| same(known, wanted)) {
            return Ok(attribute);
        }
        Err(match errors::nearest(wanted, Self::all().map(|(name, _)| name)) {
            Some(nearest) => format!("This attribute is unknown. Did you mean {nearest}?"),
            None => "This attribute is unknown. See the API description for the attributes of a \
                     filter."
                .to_owned(),
        })
    }

    /// Every attribute with its name.
    fn all() -> impl Iterator<Item = (&'static str, Self)> {
        let fields = Field::ALL.iter().map(|field| (field.name(), Self::Field(*field)));
        let scim = SCIM.iter().map(|(name, field)| (*name, Self::Field(*field)));
        let parts = PARTS.iter().map(|(name, part)| (*name, Self::Enrollment(*part)));
        let flags = PARAMETERS.iter().filter_map(|parameter| match parameter.meaning {
            Meaning::Flag(condition) => Some((parameter.name, Self::Flag(condition))),
            _ => None,
        });
        let active: fn(bool) -> Filter =
            |yes| Filter::any_of(Field::Status, ["active"]).negated_if(!yes);
        let others =
            [("active", Self::Flag(active)), ("age", Self::Age), ("permission", Self::Permission)];
        fields.chain(scim).chain(parts).chain(flags).chain(others)
    }

    /// The field, if square brackets after it are about its only value.
    pub(super) const fn is_one_value(self) -> Option<Field> {
        match self {
            Self::Field(field @ (Field::Email | Field::Phone)) => Some(field),
            _ => None,
        }
    }

    /// Whether it is the list of enrolments.
    pub(super) const fn is_enrollments(self) -> bool {
        matches!(self, Self::Field(Field::Enrollments))
    }
}

/// Whether two names differ only by case and underscores.
fn same(one: &str, other: &str) -> bool {
    letters(one).eq(letters(other))
}

fn letters(name: &str) -> impl Iterator<Item = u8> + '_ {
    name.bytes().filter(|byte| *byte != b'_').map(|byte| byte.to_ascii_lowercase())
}
