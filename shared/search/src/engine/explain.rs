//! Says how a query was understood, and how many users match each of its terms.

use provost_domain::Timestamp;
use serde::Serialize;

use crate::{Filter, Index, Query, QueryError, Stage};

/// How a query was understood.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// The conditions, each with the number of users that match it.
    pub parts: Vec<PartExplanation>,
    /// How many users match everything.
    pub total: usize,
    /// How many of them match without typing mistakes.
    pub literal_total: usize,
    /// How far the search went.
    pub stage: Stage,
    /// What answered.
    pub engine: &'static str,
    /// How many users the index has.
    pub users: usize,
}

/// A condition and the number of users that match it alone.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PartExplanation {
    /// The parameter that it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// The condition.
    pub filter: Filter,
    /// How many users match it.
    pub matches: usize,
    /// The terms of which it consists, each with its own number.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<Self>,
}

impl Index {
    /// Says how a query was understood, and how many users match each of its terms.
    ///
    /// # Errors
    /// Says what is wrong with the query.
    pub fn explain(&self, query: &Query, now: Timestamp) -> Result<Explanation, QueryError> {
        query.validate()?;
        let matched = self.matched(query, None, now);
        let parts = query.selection.parts().iter();
        let parts =
            parts.map(|part| self.explain_filter(part.parameter.clone(), &part.filter, now));
        Ok(Explanation {
            parts: parts.collect(),
            total: matched.total,
            literal_total: matched.literal,
            stage: matched.stage,
            engine: "user index",
            users: self.len(),
        })
    }

    fn explain_filter(
        &self,
        parameter: Option<String>,
        filter: &Filter,
        now: Timestamp,
    ) -> PartExplanation {
        let matches = self.select(filter, now).iter().map(crate::column::Bits::count).sum();
        let inner = match filter {
            Filter::And(filters) | Filter::Or(filters) => &filters[..],
            Filter::Not(filter) => std::slice::from_ref(&**filter),
            Filter::Term(_) => &[],
        };
        let terms = inner.iter().map(|filter| self.explain_filter(None, filter, now)).collect();
        PartExplanation { parameter, filter: filter.clone(), matches, terms }
    }
}
