//! The users that match a query, by layer.

use provost_domain::Timestamp;

use super::{filter::evaluate, matched::Matched, search};
use crate::{Filter, Index, Query, Selection, Stage, column::Bits, index::Layer};

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
