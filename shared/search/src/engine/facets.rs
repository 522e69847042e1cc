//! Counts the users that match by the values of fields.

use std::collections::HashMap;

use provost_domain::Timestamp;
use serde::Serialize;

use super::matched::Matched;
use crate::{Field, Filter, Index, Kind, Part, Query, QueryError, Stage, column::Bits};

/// A field whose values are to be counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetRequest {
    /// The field.
    pub field: Field,
    /// The parameter whose conditions do not count for this facet, so that the other values of the
    /// parameter can be chosen: usually that of the field.
    pub parameter: String,
    /// The most values that are returned, those of most users first.
    pub limit: usize,
}

impl FacetRequest {
    /// All values of a field whose parameter has the name of the field.
    pub fn new(field: Field) -> Self {
        Self { field, parameter: field.name().to_owned(), limit: usize::MAX }
    }
}

/// How many users have each value of a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Facet {
    /// The field.
    pub field: Field,
    /// The values, those of most users first, then in the order of the texts.
    pub values: Vec<FacetValue>,
    /// How many different values there are.
    pub different: usize,
    /// How many users the facet looks at.
    pub users: usize,
}

/// A value and the number of users that have it. For a flag the values are `true` and `false`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FacetValue {
    /// The value in its most frequent spelling.
    pub value: String,
    /// The number of users.
    pub count: u64,
}

impl Index {
    /// Counts the users that match a query by the values of fields. Each facet ignores the
    /// conditions of its own parameter and obeys the others and the search.
    ///
    /// # Errors
    /// Says what is wrong with the query, or which field cannot be counted.
    pub fn facets(
        &self,
        query: &Query,
        requests: &[FacetRequest],
        now: Timestamp,
    ) -> Result<Vec<Facet>, QueryError> {
        query.validate()?;
        if let Some(wrong) = requests.iter().find(|request| !request.field.uses().facet) {
            return Err(QueryError::Field(wrong.field));
        }
        let parts = query.selection.parts();
        let is_own =
            |name: &&str| parts.iter().any(|part| part.parameter.as_deref() == Some(*name));
        let mut own: Vec<&str> =
            requests.iter().map(|request| request.parameter.as_str()).filter(is_own).collect();
        own.sort_unstable();
        own.dedup();
        if own.is_empty() {
            let all = self.matched(query, None, now);
            return Ok(requests.iter().map(|request| self.facet(request, &all, now)).collect());
        }
        // First what all facets obey, then each other condition once, where that left users.
        let (of_facets, common): (Vec<&Part>, Vec<&Part>) = parts
            .iter()
            .partition(|part| part.parameter.as_deref().is_some_and(|name| own.contains(&name)));
        let common = Filter::And(common.into_iter().map(|part| part.filter.clone()).collect());
        let common = self.select(&common, now);
        let evaluated: Vec<Vec<Bits>> =
            of_facets.iter().map(|part| self.select_within(&part.filter, &common, now)).collect();
        let without = |name: Option<&str>| {
            let mut sets = common.clone();
            for (part, selected) in of_facets.iter().zip(&evaluated) {
                if name.is_none() || part.parameter.as_deref() != name {
                    sets.iter_mut().zip(selected).for_each(|(set, part)| set.and(part));
                }
            }
            sets
        };
        let all = self.restricted(query, without(None), None);
        let known: HashMap<&str, Matched> = own
            .into_iter()
            .map(|name| (name, self.restricted(query, without(Some(name)), Some(all.stage))))
            .collect();
        let facet = |request: &FacetRequest| {
            let matched = known.get(request.parameter.as_str()).unwrap_or(&all);
            self.facet(request, matched, now)
        };
        Ok(requests.iter().map(facet).collect())
    }

    /// The users among sets that match the search of a query, which goes to a stage, or as far as
    /// it must.
    fn restricted(&self, query: &Query, sets: Vec<Bits>, stage: Option<Stage>) -> Matched {
        match &query.search {
            Some(search) => super::search::search(self, search, sets, stage),
            None => {
                let total = sets.iter().map(Bits::count).sum();
                let relevance = Vec::new();
                Matched { sets, relevance, stage: Stage::Literal, total, literal: total }
            }
        }
    }

    fn facet(&self, request: &FacetRequest, matched: &Matched, now: Timestamp) -> Facet {
        let counts = self.count_values(request.field, &matched.sets, now);
        let mut values: Vec<FacetValue> = counts
            .into_values()
            .map(|value| FacetValue { value: value.spelling, count: value.count })
            .filter(|value| value.count > 0)
            .collect();
        values.sort_unstable_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
        let different = values.len();
        values.truncate(request.limit);
        Facet { field: request.field, values, different, users: matched.total }
    }

    /// How many rows of each layer have each value of a field, by normal form.
    pub(super) fn count_values(
        &self,
        field: Field,
        sets: &[Bits],
        now: Timestamp,
    ) -> HashMap<String, CountedValue> {
        let mut counted: HashMap<String, CountedValue> = HashMap::new();
        for (layer, set) in self.layers.iter().zip(sets) {
            let segment = &layer.segment;
            let (dictionary, counts) = match field.kind() {
                Kind::Keyword => {
                    let column = segment.keyword(field);
                    (&column.dictionary, column.count(set))
                }
                Kind::Keywords | Kind::TimedKeywords => {
                    let column = segment.list(field);
                    (&column.dictionary, column.count(set, now.millis()))
                }
                Kind::Flag => {
                    let mut yes = segment.flag(field);
                    yes.and(set);
                    let yes = yes.count();
                    for (value, count) in [("true", yes), ("false", set.count() - yes)] {
                        let entry = counted.entry(value.to_owned()).or_default();
                        entry.add(value, count as u64);
                    }
                    continue;
                }
                _ => continue,
            };
            for (code, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
                let code = code as u32;
                if let (Some(form), Some(value)) = (dictionary.form(code), dictionary.value(code)) {
                    counted.entry(form.to_owned()).or_default().add(value, *count);
                }
            }
        }
        counted
    }
}

/// The users with one value, whatever its spelling.
#[derive(Debug, Default)]
pub(super) struct CountedValue {
    pub count: u64,
    /// The most frequent spelling.
    pub spelling: String,
    spellings: HashMap<String, u64>,
}

impl CountedValue {
    fn add(&mut self, spelling: &str, count: u64) {
        self.count += count;
        let own = self.spellings.entry(spelling.to_owned()).or_default();
        *own += count;
        let own = *own;
        let best = self.spellings.get(&self.spelling).copied().unwrap_or(0);
        if (own, std::cmp::Reverse(spelling)) > (best, std::cmp::Reverse(&self.spelling)) {
            self.spelling = spelling.to_owned();
        }
    }
}
