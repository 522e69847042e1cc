//! Sorts the users that match and takes a page of them.

use std::{borrow::Cow, cmp::Ordering};

use provost_domain::{Timestamp, UserId};

use super::{matched::Matched, search};
use crate::{
    Cursor, Field, Hit, Index, Page, Query, QueryError, Results, SortBy, SortKey, Stage,
    column::Bits,
    request::{KeyValue, MAX_LIMIT},
    segment::Key,
};

/// A user by layer and row.
type Place = (usize, u32);

impl Index {
    /// A page of the users that match a query, with the exact number of all of them. `caller` is
    /// who asks; a cursor of somebody else is refused.
    ///
    /// # Errors
    /// Says what is wrong with the query, or that the cursor belongs to another one.
    pub fn query(
        &self,
        query: &Query,
        page: &Page,
        caller: &str,
        now: Timestamp,
    ) -> Result<Results, QueryError> {
        query.validate()?;
        let (cursor, limit) = match page {
            Page::Offset { limit, .. } => (None, *limit),
            Page::Cursor { cursor, limit } => (Some(cursor), *limit),
        };
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(QueryError::Limit);
        }
        if cursor.is_some_and(|cursor| !cursor.fits(query, caller)) {
            return Err(QueryError::Cursor);
        }
        let matched = self.matched(query, cursor.map(|cursor| cursor.stage), now);
        let sorting = Sorting { index: self, matched: &matched, keys: query.order() };
        let (places, next, previous) = match page {
            Page::Offset { offset, .. } => {
                let (places, more) = sorting.take(*offset, limit);
                (places, more, *offset > 0 && matched.total > 0)
            }
            Page::Cursor { cursor, .. } => {
                let (mut places, more) = sorting.take_from(cursor, limit);
                if cursor.backwards {
                    places.reverse();
                    (places, true, more)
                } else {
                    (places, more, true)
                }
            }
        };
        let position = |place: Option<&Place>| {
            place.map(|place| sorting.cursor(query, caller, matched.stage, *place))
        };
        let words = query.search.as_ref().map(|search| search::prepare(self, search));
        let hit = |(layer, row): &Place| {
            let (segment, row) = (&self.layers[*layer].segment, *row as usize);
            let matches = words.as_ref().map(|words| search::describe(segment, row, words));
            let matches = matches.unwrap_or_default();
            Hit { id: segment.id(row), version: segment.version(row), matches }
        };
        Ok(Results {
            hits: places.iter().map(hit).collect(),
            total: matched.total,
            literal_total: matched.literal,
            stage: matched.stage,
            next: position(places.last().filter(|_| next)),
            previous: position(places.first().filter(|_| previous)).map(Cursor::backwards),
        })
    }

    /// The ids of all users that match a query, in its order: for a bulk action or an export.
    ///
    /// # Errors
    /// Says what is wrong with the query.
    pub fn ids(&self, query: &Query, now: Timestamp) -> Result<Vec<UserId>, QueryError> {
        query.validate()?;
        let matched = self.matched(query, None, now);
        let sorting = Sorting { index: self, matched: &matched, keys: query.order() };
        let (places, _) = sorting.take(0, matched.total);
        let id = |(layer, row): &Place| self.layers[*layer].segment.id(*row as usize);
        Ok(places.iter().map(id).collect())
    }

    /// How many users match a query.
    ///
    /// # Errors
    /// Says what is wrong with the query.
    pub fn count(&self, query: &Query, now: Timestamp) -> Result<usize, QueryError> {
        query.validate()?;
        Ok(self.matched(query, None, now).total)
    }
}

/// The users that match, and the keys by which they are sorted.
struct Sorting<'a> {
    index: &'a Index,
    matched: &'a Matched,
    keys: Vec<SortKey>,
}

impl<'a> Sorting<'a> {
    fn key(&self, by: SortBy, (layer, row): Place) -> Key<'a> {
        match by {
            SortBy::Field(field) => self.index.layers[layer].segment.key(field, row as usize),
            SortBy::Relevance => Key::Integer(self.matched.relevance(layer, row as usize)),
        }
    }

    fn id(&self, (layer, row): Place) -> UserId {
        self.index.layers[layer].segment.id(row as usize)
    }

    fn compare(&self, a: Place, b: Place) -> Ordering {
        self.compare_by(&self.keys, a, b)
    }

    /// Compares two users of which the first keys are equal.
    fn compare_rest(&self, a: Place, b: Place) -> Ordering {
        self.compare_by(self.keys.get(1..).unwrap_or_default(), a, b)
    }

    fn compare_by(&self, keys: &[SortKey], a: Place, b: Place) -> Ordering {
        for key in keys {
            let ordering = self.key(key.by, a).compare(&self.key(key.by, b), key.descending);
            if ordering.is_ne() {
                return ordering;
            }
        }
        self.id(a).cmp(&self.id(b))
    }

    fn compare_with(&self, cursor: &Cursor, place: Place) -> Ordering {
        let keys: Vec<Key<'_>> = self.keys.iter().map(|key| self.key(key.by, place)).collect();
        let descending: Vec<bool> = self.keys.iter().map(|key| key.descending).collect();
        cursor.compare(&keys, self.id(place), &descending)
    }

    fn cursor(&self, query: &Query, caller: &str, stage: Stage, place: Place) -> Cursor {
        let values = self.keys.iter().map(|key| KeyValue::from(self.key(key.by, place)));
        Cursor::new(query, caller, stage, values.collect(), self.id(place))
    }

    /// The users from an offset on, and whether more follow.
    fn take(&self, offset: usize, limit: usize) -> (Vec<Place>, bool) {
        if offset >= self.matched.total {
            return (Vec::new(), false);
        }
        let end = offset.saturating_add(limit);
        let sorted = |layer| self.sorted(layer, end.saturating_add(1));
        let runs: Vec<Run<'_>> = (0..self.index.layers.len()).map(sorted).collect();
        let places = self.merge(runs, false, offset, limit);
        (places, end < self.matched.total)
    }

    /// The users after a cursor, or before it from there backwards, and whether more follow.
    fn take_from(&self, cursor: &Cursor, limit: usize) -> (Vec<Place>, bool) {
        let beyond = if cursor.backwards { Ordering::Less } else { Ordering::Greater };
        let run = |layer: usize| self.sorted_from(layer, cursor, beyond, limit + 1);
        let runs: Vec<Run<'_>> = (0..self.index.layers.len()).map(run).collect();
        let mut places = self.merge(runs, cursor.backwards, 0, limit + 1);
        let more = places.len() > limit;
        places.truncate(limit);
        (places, more)
    }

    /// The only key, if it is a field: a layer has its rows in the order of it.
    fn single_field(&self) -> Option<(Field, bool)> {
        match self.keys[..] {
            [SortKey { by: SortBy::Field(field), descending }] => Some((field, descending)),
            _ => None,
        }
    }

    /// Whether it costs less to walk through all rows of a layer in order until `wanted` of them
    /// match, than to sort those that match.
    fn walks(&self, layer: usize, wanted: usize) -> bool {
        let rows = self.index.layers[layer].segment.rows();
        let matching = self.matched.sets[layer].count().max(1);
        rows / matching * wanted.min(matching) <= 4 * matching
    }

    /// The first rows of a layer that match, in order; at least `wanted`, if there are as many.
    fn sorted(&self, layer: usize, wanted: usize) -> Run<'_> {
        if let Some((field, descending)) = self.single_field()
            && self.walks(layer, wanted)
        {
            let order = self.index.layers[layer].segment.order(field);
            let rows = if descending { &order.descending } else { &order.ascending };
            return self.walk(layer, rows, false);
        }
        let rows: Vec<u32> = self.matched.sets[layer].iter().map(|row| row as u32).collect();
        self.select(layer, rows, wanted, false)
    }

    /// The first rows of a layer beyond a cursor.
    fn sorted_from(
        &self,
        layer: usize,
        cursor: &Cursor,
        beyond: Ordering,
        wanted: usize,
    ) -> Run<'_> {
        let backwards = beyond == Ordering::Less;
        if let Some((field, descending)) = self.single_field()
            && self.walks(layer, wanted)
        {
            let order = self.index.layers[layer].segment.order(field);
            let rows = if descending { &order.descending } else { &order.ascending };
            let before = |row: u32| self.compare_with(cursor, (layer, row)).is_lt();
            let up_to = |row: u32| self.compare_with(cursor, (layer, row)).is_le();
            return if backwards {
                let end = self.partition(layer, rows, before);
                self.walk(layer, &rows[..end], true)
            } else {
                let start = self.partition(layer, rows, up_to);
                self.walk(layer, &rows[start..], false)
            };
        }
        let set = self.matched.sets[layer].iter().map(|row| row as u32);
        let rows = set.filter(|row| self.compare_with(cursor, (layer, *row)) == beyond);
        self.select(layer, rows.collect(), wanted, backwards)
    }

    /// The number of rows at the beginning of an order for which a test holds. Erased rows take no
    /// part, since their keys are gone.
    fn partition(&self, layer: usize, rows: &[u32], test: impl Fn(u32) -> bool) -> usize {
        let segment = &self.index.layers[layer].segment;
        let (mut low, mut high) = (0, rows.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            let probe = (middle..high).find(|at| !segment.is_erased(rows[*at] as usize));
            match probe {
                Some(probe) if test(rows[probe]) => low = probe + 1,
                _ => high = middle,
            }
        }
        low
    }

    /// The rows of a layer in order, or against it, of which those that match are a part.
    fn walk<'r>(&'r self, layer: usize, rows: &'r [u32], backwards: bool) -> Run<'r> {
        let set = Some(&self.matched.sets[layer]);
        if backwards {
            return Run::new(layer, rows.iter().rev().copied().collect(), set);
        }
        Run::new(layer, Cow::Borrowed(rows), set)
    }

    /// The first `wanted` of rows in order.
    fn select(&self, layer: usize, rows: Vec<u32>, wanted: usize, backwards: bool) -> Run<'_> {
        // Most pairs are told apart by the first key, which is looked up once for each row.
        let mut keyed: Vec<(u64, u32)> =
            rows.into_iter().map(|row| (self.first_key(layer, row), row)).collect();
        first_sorted(&mut keyed, wanted, |(a_key, a), (b_key, b)| {
            let ordering =
                a_key.cmp(b_key).then_with(|| self.compare_rest((layer, *a), (layer, *b)));
            if backwards { ordering.reverse() } else { ordering }
        });
        Run::new(layer, keyed.into_iter().map(|(_, row)| row).collect(), None)
    }

    /// A number that compares two rows of a layer as the first key does.
    fn first_key(&self, layer: usize, row: u32) -> u64 {
        let Some(key) = self.keys.first() else { return 0 };
        let (place, none) = match key.by {
            SortBy::Field(field) => {
                let order = self.index.layers[layer].segment.order(field);
                let place = order.places[row as usize];
                (u64::from(place), place == u32::MAX)
            }
            // A relevance is not negative.
            SortBy::Relevance => (self.matched.relevance(layer, row as usize) as u64, false),
        };
        match key.descending {
            _ if none => u64::MAX,
            true => u64::MAX - 1 - place,
            false => place,
        }
    }

    /// The users of all layers in order, from an offset on.
    fn merge(
        &self,
        mut runs: Vec<Run<'_>>,
        backwards: bool,
        offset: usize,
        limit: usize,
    ) -> Vec<Place> {
        let directed = |a: Place, b: Place| {
            let ordering = self.compare(a, b);
            if backwards { ordering.reverse() } else { ordering }
        };
        let mut places = Vec::with_capacity(limit.min(1_024));
        let mut left = offset;
        runs.retain(|run| run.head().is_some());
        while !runs.is_empty() && places.len() < limit {
            runs.sort_by(|a, b| match (a.head(), b.head()) {
                (Some(a), Some(b)) => directed(a, b),
                (a, b) => a.is_none().cmp(&b.is_none()),
            });
            // Everything in the first run before the head of the second comes without comparing.
            let end = match runs.get(1).and_then(Run::head) {
                Some(other) => self.gallop(&runs[0], |place| directed(place, other).is_lt()),
                None => runs[0].rows.len(),
            };
            let run = &mut runs[0];
            left = run.skip(left, end);
            while run.at < end && places.len() < limit {
                if let Some(place) = run.head() {
                    places.push(place);
                }
                run.advance();
            }
            runs.retain(|run| run.head().is_some());
        }
        places
    }

    /// How far a test holds for the rows of a run, beginning at its head, for which it does. Looks
    /// near the head first. Erased rows take no part.
    fn gallop(&self, run: &Run<'_>, test: impl Fn(Place) -> bool) -> usize {
        let mut step = 1;
        let mut low = run.at;
        while low + step < run.rows.len() {
            let probe = low + step;
            let row = run.rows[probe];
            // An erased row says nothing about those before it.
            let erased = self.index.layers[run.layer].segment.is_erased(row as usize);
            if erased || !test((run.layer, row)) {
                break;
            }
            low = probe;
            step *= 2;
        }
        let high = (low + step).min(run.rows.len());
        low + self.partition(run.layer, &run.rows[low..high], |row| test((run.layer, row)))
    }
}

/// Sorts the first `wanted` of values and drops the others.
fn first_sorted<T>(values: &mut Vec<T>, wanted: usize, compare: impl Fn(&T, &T) -> Ordering) {
    if wanted < values.len() && wanted > 0 {
        values.select_nth_unstable_by(wanted - 1, &compare);
        values.truncate(wanted);
    }
    values.sort_unstable_by(compare);
}

/// Users of one layer in order.
struct Run<'a> {
    layer: usize,
    rows: Cow<'a, [u32]>,
    /// Which of the rows match; all of them if there is none.
    set: Option<&'a Bits>,
    /// The first row that is left and matches.
    at: usize,
}

impl<'a> Run<'a> {
    fn new(layer: usize, rows: Cow<'a, [u32]>, set: Option<&'a Bits>) -> Self {
        let mut run = Self { layer, rows, set, at: 0 };
        run.find();
        run
    }

    fn head(&self) -> Option<Place> {
        self.rows.get(self.at).map(|row| (self.layer, *row))
    }

    fn advance(&mut self) {
        self.at += 1;
        self.find();
    }

    fn find(&mut self) {
        if let Some(set) = self.set {
            let matches = |row: &u32| set.get(*row as usize);
            let next = self.rows[self.at..].iter().position(matches);
            self.at = next.map_or(self.rows.len(), |next| self.at + next);
        }
    }

    /// Skips a number of matching rows before an end, and returns how many are left to skip.
    fn skip(&mut self, count: usize, end: usize) -> usize {
        let mut left = count;
        match self.set {
            _ if left == 0 => return 0,
            Some(set) => {
                while self.at < end && left > 0 {
                    left -= usize::from(set.get(self.rows[self.at] as usize));
                    self.at += 1;
                }
            }
            None => {
                let skipped = left.min(end.saturating_sub(self.at));
                self.at += skipped;
                left -= skipped;
            }
        }
        self.find();
        left
    }
}
