//! Pages of lists: `page` or `cursor`, never both, and exact totals.

/// A request for a page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// The start of the list, or the end of an earlier page.
    pub from: PageFrom,
    /// Maximum number of rows, 1–200.
    pub limit: u32,
}

/// Where a page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageFrom {
    /// The n-th page, from 1.
    Page(u32),
    /// After a position in the list, in the store's format.
    After(String),
}

impl PageRequest {
    /// Number of rows before the page, if it was requested by number.
    pub fn skip(&self) -> u64 {
        match self.from {
            PageFrom::Page(page) => u64::from(page.saturating_sub(1)) * u64::from(self.limit),
            PageFrom::After(_) => 0,
        }
    }

    /// The position to continue from.
    pub fn after(&self) -> Option<&str> {
        match &self.from {
            PageFrom::After(position) => Some(position),
            PageFrom::Page(_) => None,
        }
    }
}

/// One page of a list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Exact number of rows in the list.
    pub total: u64,
    /// The position after the last row, if there are more.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// The same page with its rows converted.
    pub fn map<U>(self, turn: impl FnMut(T) -> U) -> Page<U> {
        Page { rows: self.rows.into_iter().map(turn).collect(), total: self.total, next: self.next }
    }

    /// A page of a list that is entirely in memory.
    pub fn of(all: Vec<T>, request: &PageRequest) -> Self {
        let total = all.len() as u64;
        let start = match request.after() {
            Some(position) => position.parse().unwrap_or(total),
            None => request.skip(),
        };
        let end = start.saturating_add(u64::from(request.limit)).min(total);
        let rows = all
            .into_iter()
            .skip(usize::try_from(start).unwrap_or(usize::MAX))
            .take(request.limit as usize)
            .collect();
        Self { rows, total, next: (end < total).then(|| end.to_string()) }
    }
}
