//! Pages of an index, in which each hit has its own position.

use provost_domain::text;

use crate::{Store, StoreError, item::Item, walk::Walk};

/// The prefix of a position among names in their earlier form.
const EARLIER: &str = "earlier:";

/// A hit and its position in the index.
#[derive(Debug, Clone)]
pub struct Hit<T> {
    /// The item.
    pub what: T,
    /// The position to continue from, right after this hit.
    pub position: String,
}

/// A page of an index.
#[derive(Debug, Clone)]
pub struct Hits<T> {
    /// In the order of the index.
    pub hits: Vec<Hit<T>>,
    /// The position to continue from, if there may be more.
    pub next: Option<String>,
}

impl<T> Default for Hits<T> {
    fn default() -> Self {
        Self { hits: Vec::new(), next: None }
    }
}

impl Store {
    /// A page of items whose name begins with the text: first in the current form of names, then
    /// those that were not saved since the form changed.
    pub(super) async fn hits_by_name<T>(
        &self,
        begins: &str,
        walk: impl Fn(String) -> Walk,
        after: Option<&str>,
        most: u32,
        read: impl Fn(Item) -> Result<T, StoreError> + Copy,
    ) -> Result<Hits<T>, StoreError> {
        let mut forms = text::folds(begins).into_iter();
        let (present, earlier) = (forms.next().unwrap_or_default(), forms.next());
        let earlier_position = after.and_then(|position| position.strip_prefix(EARLIER));
        let mut page = match earlier_position {
            Some(_) => Hits::default(),
            None => self.hits(&walk(present), after, most, read).await?,
        };
        let room = most.saturating_sub(u32::try_from(page.hits.len()).unwrap_or(u32::MAX));
        let Some(earlier) = earlier.filter(|_| page.next.is_none()) else { return Ok(page) };
        // Whether there are any is worth one request, even when the page is full.
        let more = self.hits(&walk(earlier), earlier_position, room.max(1), read).await?;
        if room == 0 {
            page.next =
                page.hits.last().filter(|_| !more.hits.is_empty()).map(|hit| hit.position.clone());
            return Ok(page);
        }
        let mark = |position: String| format!("{EARLIER}{position}");
        page.hits
            .extend(more.hits.into_iter().map(|hit| Hit { position: mark(hit.position), ..hit }));
        page.next = more.next.map(mark);
        Ok(page)
    }

    /// One page of an index in one request.
    pub(super) async fn hits<T>(
        &self,
        walk: &Walk,
        after: Option<&str>,
        most: u32,
        read: impl Fn(Item) -> Result<T, StoreError>,
    ) -> Result<Hits<T>, StoreError> {
        let start = match after {
            Some(position) => Some(walk.start(position).ok_or_else(|| {
                StoreError::unreadable("a position", "it is none of this list's")
            })?),
            None => None,
        };
        // One more than needed shows whether there are more.
        let (mut items, _, rest) = self.step(walk, start, Some(u64::from(most) + 1), true).await?;
        let more = rest.is_some() || items.len() > most as usize;
        items.truncate(most as usize);
        let mut hits = Vec::with_capacity(items.len());
        for item in items {
            let position = walk.position(&item).ok_or_else(|| {
                StoreError::unreadable("a user in an index", "it has no position")
            })?;
            hits.push(Hit { what: read(item)?, position });
        }
        let next = if more { hits.last().map(|hit| hit.position.clone()) } else { None };
        Ok(Hits { hits, next })
    }
}
