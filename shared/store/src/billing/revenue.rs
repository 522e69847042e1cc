//! The figures of revenue, counted in the transactions that change them: for each quarter of an
//! hour, hour and day of UTC, and as they are now. A report reads these and no payment. They hold no
//! personal data, so they outlive an erasure.

use provost_domain::{
    Timestamp,
    revenue::{Figure, Figures, Measure, Part, Span},
    stripe_id::StripeId,
    time::DAY,
};

use crate::{
    Conflict, Store, StoreError, Transaction,
    item::{Item, Key, n},
    transaction::Condition,
    walk::Walk,
};

/// The partition of what counts now.
const NOW: &str = "REVENUE#NOW";
/// Parts of each count. Payments of one moment, such as renewals, seldom meet on the same item.
const SHARDS: u32 = 8;

fn partition(span: Span) -> String {
    format!("REVENUE#{}", span.as_str())
}

/// The part that counts what an event changes: always the same for one event.
fn shard(event: &StripeId) -> u32 {
    event
        .to_string()
        .bytes()
        .fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)))
        % SHARDS
}

impl Transaction {
    /// Adds to the figures of revenue at a time. `event` chooses the part of the counts.
    ///
    /// # Errors
    /// `Unreadable` when a write cannot be built.
    pub fn count_revenue(
        &mut self,
        figures: &Figures,
        at: Timestamp,
        event: &StripeId,
    ) -> Result<(), StoreError> {
        if figures.0.is_empty() {
            return Ok(());
        }
        let shard = shard(event);
        for span in Span::ALL {
            let key = Key::new(partition(span), format!("{}#{shard}", span.start(at)));
            self.add_figures(&key, figures.0.iter())?;
        }
        // What counts now is all that a report cannot sum up: how many subscriptions there are.
        let lasting =
            |figure: &Figure| matches!(figure.measure, Measure::Active | Measure::Monthly);
        let mut standing = figures.0.iter().filter(|(figure, _)| lasting(figure)).peekable();
        if standing.peek().is_some() {
            self.add_figures(&Key::new(NOW, format!("{shard}")), standing)?;
        }
        Ok(())
    }

    fn add_figures<'f>(
        &mut self,
        key: &Key,
        figures: impl Iterator<Item = (&'f Figure, &'f i64)>,
    ) -> Result<(), StoreError> {
        let table = self.store().names().operations.clone();
        let (mut update, mut condition) = (String::new(), Condition::none());
        for (place, (figure, by)) in figures.enumerate() {
            let separator = if place == 0 { "ADD" } else { "," };
            update.push_str(&format!("{separator} #f{place} :f{place}"));
            condition = condition
                .name(format!("#f{place}"), figure.attribute())
                .value(format!(":f{place}"), n(by));
        }
        self.update(Conflict::Revenue, &table, key, update, condition)
    }
}

fn figures_of(item: &Item) -> Figures {
    let mut figures = Figures::default();
    for (name, value) in item {
        if let (Some(figure), Ok(value)) = (Figure::of_attribute(name), value.as_n())
            && let Ok(value) = value.parse()
        {
            figures.add(figure, value);
        }
    }
    figures
}

impl Store {
    /// The figures of each span between two times, `from` included and `to` not.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn revenue_spans(
        &self,
        span: Span,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<(Timestamp, Figures)>, StoreError> {
        // `#` comes before every digit, so no part of the span that begins at `to` is included.
        let walk = Walk::of_table(&self.names.operations, partition(span)).between(
            "sk",
            from.to_string(),
            to.to_string(),
        );
        let mut found = Vec::new();
        for item in self.all_items(&walk).await? {
            let sort = item.get("sk").and_then(|sk| sk.as_s().ok()).map(String::as_str);
            let start = sort.and_then(|sort| sort.split('#').next()?.parse().ok());
            if let Some(start) = start {
                found.push((start, figures_of(&item)));
            }
        }
        Ok(found)
    }

    /// The figures of each part of a report. Whole days are read as days; the hours or quarters of an
    /// hour are read only around a boundary that lies within a day of UTC.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn revenue_of(&self, parts: &[Part]) -> Result<Vec<Figures>, StoreError> {
        let mut sums = vec![Figures::default(); parts.len()];
        let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return Ok(sums) };
        let boundaries: Vec<_> = parts.iter().map(|part| part.start).chain([last.end]).collect();
        let fine = |boundaries: &[Timestamp]| {
            let hours = boundaries.iter().all(|boundary| Span::Hour.begins_at(*boundary));
            if hours { Span::Hour } else { Span::Quarter }
        };
        let mut add = |start: Timestamp, figures: &Figures| {
            let after = parts.partition_point(|part| part.start <= start);
            if let Some(place) = after.checked_sub(1)
                && start < parts[place].end
            {
                sums[place].add_all(figures, 1);
            }
        };
        let mut divided: Vec<_> = boundaries
            .iter()
            .filter(|boundary| !Span::Day.begins_at(**boundary))
            .map(|boundary| Span::Day.start(*boundary))
            .collect();
        divided.dedup();
        // Where nearly every day is divided, one read of all is cheaper than one for each.
        let days = last.end.since(first.start) / DAY;
        if i64::try_from(divided.len()).unwrap_or(i64::MAX) * 2 > days {
            for (start, figures) in
                self.revenue_spans(fine(&boundaries), first.start, last.end).await?
            {
                add(start, &figures);
            }
            return Ok(sums);
        }
        for (start, figures) in self.revenue_spans(Span::Day, first.start, last.end).await? {
            if !divided.contains(&start) {
                add(start, &figures);
            }
        }
        for day in divided {
            for (start, figures) in
                self.revenue_spans(fine(&boundaries), day, day.plus(DAY)).await?
            {
                add(start, &figures);
            }
        }
        Ok(sums)
    }

    /// What counts now: subscriptions and monthly recurring revenue.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn revenue_now(&self) -> Result<Figures, StoreError> {
        let walk = Walk::of_table(&self.names.operations, NOW);
        let mut now = Figures::default();
        for item in self.all_items(&walk).await? {
            now.add_all(&figures_of(&item), 1);
        }
        Ok(now)
    }

    async fn all_items(&self, walk: &Walk) -> Result<Vec<Item>, StoreError> {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let (items, next) = self.next_items(walk, after.take()).await?;
            found.extend(items);
            match next {
                Some(next) => after = Some(next),
                None => return Ok(found),
            }
        }
    }
}
