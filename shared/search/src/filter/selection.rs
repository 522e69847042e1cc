//! The conditions of a query, each with the parameter that it came from.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Filter, InvalidFilter};

/// One condition of a query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// The parameter that it came from, such as `status`; absent for a filter expression. Facets
    /// ignore the parts of their own parameter.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub parameter: Option<String>,
    /// The condition.
    pub filter: Filter,
}

/// All conditions of a query. A user must meet every one of them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Selection {
    parts: Vec<Part>,
}

impl Selection {
    /// No condition: every user.
    pub const fn all() -> Self {
        Self { parts: Vec::new() }
    }

    /// Adds the condition of a parameter. A parameter and its negation (`city`, `city.not`) share
    /// one name, so that the facet of the parameter ignores both; so does a default that applies
    /// when the parameter is absent.
    #[must_use]
    pub fn with(mut self, parameter: &str, filter: Filter) -> Self {
        self.parts.push(Part { parameter: Some(parameter.to_owned()), filter });
        self
    }

    /// Adds a condition that belongs to no parameter, which no facet ignores.
    #[must_use]
    pub fn with_expression(mut self, filter: Filter) -> Self {
        self.parts.push(Part { parameter: None, filter });
        self
    }

    /// The conditions, in the order in which they were added.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The whole condition as one filter.
    pub fn filter(&self) -> Filter {
        Filter::And(self.parts.iter().map(|part| part.filter.clone()).collect())
    }

    /// The conditions that do not come from a parameter.
    #[must_use]
    pub fn without(&self, parameter: &str) -> Self {
        let others = |part: &&Part| part.parameter.as_deref() != Some(parameter);
        Self { parts: self.parts.iter().filter(others).cloned().collect() }
    }

    /// Whether the engine can evaluate all conditions.
    ///
    /// # Errors
    /// As [`Filter::validate`].
    pub fn validate(&self) -> Result<(), InvalidFilter> {
        self.parts.iter().try_for_each(|part| part.filter.validate())
    }

    /// A fingerprint of the conditions. Their order does not matter, nor the order of filters
    /// inside `And` and `Or` and of the values of a term.
    pub fn fingerprint(&self) -> [u8; 32] {
        fingerprint(&self.filter())
    }
}

fn fingerprint(filter: &Filter) -> [u8; 32] {
    let (tag, mut inner): (&[u8], Vec<[u8; 32]>) = match filter {
        Filter::And(filters) => (b"and", filters.iter().map(fingerprint).collect()),
        Filter::Or(filters) => (b"or", filters.iter().map(fingerprint).collect()),
        Filter::Not(filter) => (b"not", vec![fingerprint(filter)]),
        Filter::Term(term) => {
            let mut term = term.clone();
            if let super::Term::Text { values, .. } = &mut term {
                values.sort_unstable();
            }
            // A term has no maps and no numbers that JSON cannot write, so it is always written.
            let text = serde_json::to_vec(&term).unwrap_or_default();
            (b"term", vec![Sha256::digest(text).into()])
        }
    };
    inner.sort_unstable();
    let mut hash = Sha256::new();
    hash.update(tag);
    for part in inner {
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Field;

    #[test]
    fn a_facet_ignores_the_parts_of_its_own_parameter_only() {
        let city = Filter::any_of(Field::City, ["Dhaka"]);
        let selection = Selection::all()
            .with("city", city.clone())
            .with("city", Filter::any_of(Field::City, ["Delhi"]).not())
            .with("status", Filter::any_of(Field::Status, ["active"]))
            .with_expression(city.clone());
        let others = selection.without("city");
        assert_eq!(others.parts().len(), 2);
        assert_eq!(others.parts()[1].filter, city);
    }

    #[test]
    fn the_fingerprint_depends_on_the_conditions_and_not_on_their_order() {
        let (a, b) = (Filter::any_of(Field::City, ["A", "B"]), Filter::flag(Field::IsAdmin, true));
        let one = Selection::all().with("city", a.clone()).with("is_admin", b.clone());
        let other = Selection::all()
            .with("is_admin", b.clone())
            .with("city", Filter::any_of(Field::City, ["B", "A"]));
        assert_eq!(one.fingerprint(), other.fingerprint());
        let negated = Selection::all().with("city", a).with("is_admin", b.not());
        assert_ne!(one.fingerprint(), negated.fingerprint());
    }
}
