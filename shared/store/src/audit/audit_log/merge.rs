//! Merges several walks in the same order, newest first or oldest first, into one list in that order.

use std::collections::VecDeque;

use futures_util::future::try_join_all;

use super::page_builder::position;
use crate::{Store, StoreError, item::Item, walk::Walk};

/// Walks that are read in parallel.
pub(crate) struct Merge<'a> {
    store: &'a Store,
    sources: Vec<Source>,
}

struct Source {
    walk: Walk,
    /// Where the walk continues.
    start: Option<Item>,
    ended: bool,
    /// Items that were read and not yet returned.
    ready: VecDeque<Item>,
    counted: u64,
}

impl Source {
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
        let (items, count, next) = store.step(&self.walk, self.start.take(), wanted, rows).await?;
        self.counted += count;
        self.ended = next.is_none();
        self.start = next;
        self.ready.extend(items);
        Ok(())
    }
}

impl<'a> Merge<'a> {
    pub(crate) fn new(store: &'a Store, walks: &[Walk]) -> Self {
        let source = |walk: &Walk| Source {
            walk: walk.clone(),
            start: None,
            ended: false,
            ready: VecDeque::new(),
            counted: 0,
        };
        Self { store, sources: walks.iter().map(source).collect() }
    }

    /// The next items in order, as many as are certain after one request to each walk without a
    /// known next item; `None` at the end. `wanted` limits what each request reads.
    pub(crate) async fn next(
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
            let first = self.sources.iter_mut().filter(|source| !source.ready.is_empty()).max_by(
                |one, other| {
                    let position = |source: &Source| {
                        source.ready.front().and_then(position).map(str::to_owned)
                    };
                    let order = position(one).cmp(&position(other));
                    if one.walk.is_forward() { order.reverse() } else { order }
                },
            );
            match first.and_then(|source| source.ready.pop_front()) {
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
