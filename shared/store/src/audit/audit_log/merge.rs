//! Merges several walks, each newest first, into one list that is newest first.

use std::collections::VecDeque;

use futures_util::future::try_join_all;

use super::place;
use crate::{Store, StoreError, item::Item, walk::Walk};

/// Walks that are read in parallel.
pub(super) struct Merge<'a> {
    store: &'a Store,
    sources: Vec<Source<'a>>,
}

struct Source<'a> {
    walk: &'a Walk,
    /// Where the walk continues.
    start: Option<Item>,
    ended: bool,
    /// Items that were read and not yet returned.
    ready: VecDeque<Item>,
    counted: u64,
}

impl Source<'_> {
    /// Whether the next item is not known yet.
    fn is_behind(&self) -> bool {
        self.ready.is_empty() && !self.ended
    }

    async fn step(
        &mut self,
        store: &Store,
        wanted: Option<u64>,
        rows: bool,
    ) -> Result<(), StoreError> {
        let (items, count, next) = store.step(self.walk, self.start.take(), wanted, rows).await?;
        self.counted += count;
        self.ended = next.is_none();
        self.start = next;
        self.ready.extend(items);
        Ok(())
    }
}

impl<'a> Merge<'a> {
    pub(super) fn new(store: &'a Store, walks: &'a [Walk]) -> Self {
        let source =
            |walk| Source { walk, start: None, ended: false, ready: VecDeque::new(), counted: 0 };
        Self { store, sources: walks.iter().map(source).collect() }
    }

    /// The next items in order, as many as are certain after one request to each walk without a
    /// known next item; `None` at the end. `wanted` limits what each request reads.
    pub(super) async fn next(
        &mut self,
        wanted: Option<u64>,
    ) -> Result<Option<Vec<Item>>, StoreError> {
        let store = self.store;
        // A filter may exclude everything that a request read.
        while self.sources.iter().any(Source::is_behind) {
            let behind = self.sources.iter_mut().filter(|source| source.is_behind());
            try_join_all(behind.map(|source| source.step(store, wanted, true))).await?;
        }
        let mut items = Vec::new();
        while !self.sources.iter().any(Source::is_behind) {
            let newest = self.sources.iter_mut().filter(|source| !source.ready.is_empty()).max_by(
                |one, other| {
                    let place = |source: &Source<'_>| {
                        source.ready.front().and_then(place).map(str::to_owned)
                    };
                    place(one).cmp(&place(other))
                },
            );
            match newest.and_then(|source| source.ready.pop_front()) {
                Some(item) => items.push(item),
                None => break,
            }
        }
        Ok((!items.is_empty()).then_some(items))
    }

    /// How many items the walks have in total; items that were not read are only counted.
    pub(super) async fn count_all(mut self) -> Result<u64, StoreError> {
        let store = self.store;
        try_join_all(self.sources.iter_mut().map(async |source| {
            while !source.ended {
                source.step(store, None, false).await?;
            }
            Ok(source.counted)
        }))
        .await
        .map(|counts| counts.into_iter().sum())
    }
}
