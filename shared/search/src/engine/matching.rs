//! The users that match a query, by layer.

use provost_domain::Timestamp;

use super::{filter::evaluate, search};
use crate::{Filter, Index, Query, Selection, Stage, column::Bits, index::Layer};

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

impl Index {
    /// The live rows of each layer that match a filter.
    pub(crate) fn select(&self, filter: &Filter, now: Timestamp) -> Vec<Bits> {
        let matched = |layer: &Layer| evaluate(filter, &layer.segment, &layer.live, now);
        self.layers.iter().map(matched).collect()
    }

    /// The rows of a set for each layer that match a filter.
    pub(crate) fn select_within(
        &self,
        filter: &Filter,
        sets: &[Bits],
        now: Timestamp,
    ) -> Vec<Bits> {
        let matched = |(layer, set): (&Layer, &Bits)| evaluate(filter, &layer.segment, set, now);
        self.layers.iter().zip(sets).map(matched).collect()
    }

    /// The live rows of each layer that match a selection.
    pub(crate) fn select_all(&self, selection: &Selection, now: Timestamp) -> Vec<Bits> {
        self.select(&selection.filter(), now)
    }

    /// The users that match a query. A search goes as far as `stage` says, or else as far as it
    /// must.
    pub(crate) fn matched(&self, query: &Query, stage: Option<Stage>, now: Timestamp) -> Matched {
        let sets = self.select_all(&query.selection, now);
        match &query.search {
            Some(search) => search::search(self, search, sets, stage),
            None => {
                let total = sets.iter().map(Bits::count).sum();
                let relevance = Vec::new();
                Matched { sets, relevance, stage: Stage::Literal, total, literal: total }
            }
        }
    }
}
