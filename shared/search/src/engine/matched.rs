//! The users that match a query: the result of filters and search.

use crate::{Stage, column::Bits};

/// Added to the score of a user who matches a search without typing mistakes, so that nobody with
/// one comes before.
pub(crate) const LITERAL: i64 = 1_000_000;

/// The users that match, and how well.
#[derive(Debug)]
pub(crate) struct Matched {
    /// The rows that match, by layer.
    pub sets: Vec<Bits>,
    /// With a search, the rows and the relevance of each, in the order of rows, by layer.
    pub relevance: Vec<Vec<(u32, i64)>>,
    /// How far the search went.
    pub stage: Stage,
    /// How many match.
    pub total: usize,
    /// How many of them match without typing mistakes.
    pub literal: usize,
}

impl Matched {
    /// The relevance of a row.
    pub fn relevance(&self, layer: usize, row: usize) -> i64 {
        let Some(hits) = self.relevance.get(layer) else { return 0 };
        let found = hits.binary_search_by_key(&(row as u32), |(row, _)| *row);
        found.map_or(0, |at| hits[at].1)
    }
}
