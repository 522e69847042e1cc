//! Builds a page of entries from the items of one or more walks.

use provost_domain::page::PageRequest;

use crate::item::Item;

/// The position of an item in every list of entries.
pub(super) fn position(item: &Item) -> Option<&str> {
    item.get("sk")?.as_s().ok().map(String::as_str)
}

/// A page of items, the length of the whole list, and the position after the page.
pub(super) type RawPage = (Vec<Item>, u64, Option<String>);

/// Builds one page: skips the items before it and reads one item more than it holds, to know
/// whether another page follows.
pub(super) struct PageBuilder<'a> {
    pub(super) skip: u64,
    limit: usize,
    after: Option<&'a str>,
    rows: Vec<Item>,
}

impl<'a> PageBuilder<'a> {
    pub(super) fn new(request: &'a PageRequest) -> Self {
        Self {
            skip: request.skip(),
            limit: request.limit as usize,
            after: request.after(),
            rows: Vec::new(),
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.rows.len() > self.limit
    }

    /// How many items are still needed, if every item that is read belongs to the list.
    pub(super) fn needed(&self) -> u64 {
        self.skip.saturating_add((self.limit + 2 - self.rows.len().min(self.limit)) as u64)
    }

    pub(super) fn take(&mut self, item: Item) {
        if self.is_full()
            || self
                .after
                .is_some_and(|after| position(&item).is_none_or(|position| position >= after))
        {
            return;
        }
        if self.skip > 0 {
            self.skip -= 1;
        } else {
            self.rows.push(item);
        }
    }

    pub(super) fn finish(mut self) -> (Vec<Item>, Option<String>) {
        let more = self.is_full();
        self.rows.truncate(self.limit);
        let next = if more { self.rows.last().and_then(position).map(str::to_owned) } else { None };
        (self.rows, next)
    }
}
