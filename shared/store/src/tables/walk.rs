//! Lists: one partition of a table or index, walked in order, filtered by DynamoDB, split into
//! pages with an exact total.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    operation::query::builders::QueryFluentBuilder,
    types::{AttributeValue, Select},
};
use provost_domain::page::{Page, PageRequest};

use crate::{
    Store, StoreError,
    item::{Item, n, s},
    wire::{self, Answer, Row},
};

/// A walk over one partition.
#[derive(Debug, Clone)]
pub struct Walk {
    table: String,
    index: Option<&'static str>,
    condition: String,
    filter: Option<String>,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
    forward: bool,
    key_attributes: Vec<&'static str>,
    consistent: bool,
}

impl Walk {
    /// Walks a partition of a table.
    pub fn of_table(table: &str, pk: impl Into<String>) -> Self {
        Self::new(table, None, "pk", pk.into(), vec!["pk", "sk"])
    }

    /// Walks a partition of an index; `hash` and `range` are its key attributes.
    pub fn of_index(
        table: &str,
        index: &'static str,
        hash: &'static str,
        value: impl Into<String>,
        range: &'static str,
    ) -> Self {
        let mut attributes = vec!["pk", "sk"];
        for name in [hash, range] {
            if !attributes.contains(&name) {
                attributes.push(name);
            }
        }
        Self::new(table, Some(index), hash, value.into(), attributes)
    }

    fn new(
        table: &str,
        index: Option<&'static str>,
        hash: &'static str,
        value: String,
        key_attributes: Vec<&'static str>,
    ) -> Self {
        Self {
            table: table.to_owned(),
            index,
            condition: "#hash = :hash".to_owned(),
            filter: None,
            names: HashMap::from([("#hash".to_owned(), hash.to_owned())]),
            values: HashMap::from([(":hash".to_owned(), s(value))]),
            forward: true,
            key_attributes,
            consistent: index.is_none(),
        }
    }

    /// In reverse order: newest, largest or last first.
    #[must_use]
    pub fn backward(mut self) -> Self {
        self.forward = false;
        self
    }

    /// Only sort keys with this prefix.
    #[must_use]
    pub fn beginning(mut self, range: &'static str, prefix: impl Into<String>) -> Self {
        self.condition.push_str(" AND begins_with(#range, :range)");
        self.names.insert("#range".to_owned(), range.to_owned());
        self.values.insert(":range".to_owned(), s(prefix));
        self
    }

    /// Only sort keys between these two, inclusive.
    #[must_use]
    pub fn between(
        mut self,
        range: &'static str,
        low: impl Into<String>,
        high: impl Into<String>,
    ) -> Self {
        self.condition.push_str(" AND #range BETWEEN :low AND :high");
        self.names.insert("#range".to_owned(), range.to_owned());
        self.values.insert(":low".to_owned(), s(low));
        self.values.insert(":high".to_owned(), s(high));
        self
    }

    /// Only items for which this expression holds as well; placeholders only, each given a name or
    /// a value.
    #[must_use]
    pub fn filter(
        mut self,
        expression: &str,
        names: &[(&str, &str)],
        values: Vec<(&str, AttributeValue)>,
    ) -> Self {
        self.filter = Some(self.filter.map_or_else(
            || expression.to_owned(),
            |earlier| format!("{earlier} AND {expression}"),
        ));
        self.names.extend(
            names.iter().map(|(placeholder, name)| ((*placeholder).to_owned(), (*name).to_owned())),
        );
        self.values
            .extend(values.into_iter().map(|(placeholder, value)| (placeholder.to_owned(), value)));
        self
    }

    /// Whether the list contains every item of the partition (and range).
    pub fn is_unfiltered(&self) -> bool {
        self.filter.is_none()
    }

    /// Whether the walk is in the order of the sort keys.
    pub(crate) fn is_forward(&self) -> bool {
        self.forward
    }

    pub(crate) fn position(&self, item: &Item) -> Option<String> {
        let mut map = serde_json::Map::new();
        for name in &self.key_attributes {
            let value = match item.get(*name)? {
                AttributeValue::S(text) => serde_json::Value::from(text.clone()),
                AttributeValue::N(number) => serde_json::json!({ "n": number }),
                _ => return None,
            };
            map.insert((*name).to_owned(), value);
        }
        Some(serde_json::Value::Object(map).to_string())
    }

    pub(crate) fn start(&self, position: &str) -> Option<Item> {
        let map: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(position).ok()?;
        if map.len() != self.key_attributes.len() {
            return None;
        }
        self.key_attributes
            .iter()
            .map(|name| {
                let value = match map.get(*name)? {
                    serde_json::Value::String(text) => s(text.clone()),
                    serde_json::Value::Object(number) => n(number.get("n")?.as_str()?),
                    _ => return None,
                };
                Some(((*name).to_owned(), value))
            })
            .collect()
    }
}

/// The result type of a walk: items, or rows that are not decoded yet.
pub(crate) trait QueryRow: Sized {
    /// Requests a page from DynamoDB: its content, the count, and where to continue.
    async fn ask(call: QueryFluentBuilder) -> Result<(Vec<Self>, u64, Option<Item>), StoreError>;
    fn position(&self, walk: &Walk) -> Result<Option<String>, StoreError>;
}

impl QueryRow for Item {
    async fn ask(call: QueryFluentBuilder) -> Result<(Vec<Self>, u64, Option<Item>), StoreError> {
        let answer =
            call.send().await.map_err(|cause| StoreError::unavailable("reading a list", cause))?;
        let count = u64::try_from(answer.count()).unwrap_or(0);
        Ok((answer.items.unwrap_or_default(), count, answer.last_evaluated_key))
    }
    fn position(&self, walk: &Walk) -> Result<Option<String>, StoreError> {
        Ok(walk.position(self))
    }
}

impl QueryRow for Row {
    async fn ask(call: QueryFluentBuilder) -> Result<(Vec<Self>, u64, Option<Item>), StoreError> {
        let body = wire::body(call.send())
            .await
            .map_err(|cause| StoreError::unavailable("reading a list", cause))?;
        let Answer { rows, count, next, .. } = Answer::read(&body)?;
        Ok((rows, count, next))
    }
    fn position(&self, walk: &Walk) -> Result<Option<String>, StoreError> {
        Ok(walk.position(&self.item()?))
    }
}

impl Store {
    /// One page of a walk. `total` is the exact size of the list if the caller knows it at a lower
    /// cost; otherwise the rest of the partition is counted.
    ///
    /// # Errors
    /// `Unavailable`; `Unreadable` for a position from another list.
    pub async fn page(
        &self,
        walk: &Walk,
        request: &PageRequest,
        total: Option<u64>,
    ) -> Result<Page<Item>, StoreError> {
        self.page_of(walk, request, total).await
    }

    /// The same for types that are decoded without an item.
    pub(crate) async fn page_of<M: QueryRow>(
        &self,
        walk: &Walk,
        request: &PageRequest,
        total: Option<u64>,
    ) -> Result<Page<M>, StoreError> {
        let limit = request.limit as usize;
        let (mut skip, mut start) = (request.skip(), None);
        if let Some(position) = request.after() {
            start = Some(walk.start(position).ok_or_else(|| {
                StoreError::unreadable("a position", "it is none of this list's")
            })?);
        }
        let from_start = start.is_none();
        let (mut rows, mut more, mut counted) = (Vec::new(), false, 0_u64);
        loop {
            let collecting = rows.len() < limit || !more;
            // Without a filter, DynamoDB can stop right after the page and the one item that shows
            // whether there is another page.
            let wanted = if walk.filter.is_none() && total.is_some() {
                Some(skip.saturating_add((limit + 1 - rows.len().min(limit)) as u64))
            } else {
                None
            };
            let (items, count, next) =
                self.step::<M>(walk, start.take(), wanted, collecting).await?;
            counted += count;
            for item in items {
                if skip > 0 {
                    skip -= 1;
                } else if rows.len() < limit {
                    rows.push(item);
                } else {
                    more = true;
                }
            }
            let enough = more && rows.len() == limit;
            match next {
                Some(next) if !(enough && (total.is_some() || !from_start)) => start = Some(next),
                _ => break,
            }
        }
        let total = match total {
            Some(total) => total,
            None if from_start => counted,
            None => self.count(walk).await?,
        };
        let next = if more {
            rows.last().map(|row: &M| row.position(walk)).transpose()?.flatten()
        } else {
            None
        };
        Ok(Page { rows, total, next })
    }

    /// The exact number of items in the walk.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn count(&self, walk: &Walk) -> Result<u64, StoreError> {
        let (mut start, mut counted) = (None, 0);
        loop {
            let (_, count, next) = self.step::<Row>(walk, start.take(), None, false).await?;
            counted += count;
            match next {
                Some(next) => start = Some(next),
                None => return Ok(counted),
            }
        }
    }

    /// Returns every item of the walk, one DynamoDB page at a time; memory use stays flat.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn next_items(
        &self,
        walk: &Walk,
        after: Option<Item>,
    ) -> Result<(Vec<Item>, Option<Item>), StoreError> {
        let (items, _, next) = self.step(walk, after, None, true).await?;
        Ok((items, next))
    }

    pub(crate) async fn step<M: QueryRow>(
        &self,
        walk: &Walk,
        start: Option<Item>,
        limit: Option<u64>,
        rows: bool,
    ) -> Result<(Vec<M>, u64, Option<Item>), StoreError> {
        let mut call = self
            .dynamo
            .query()
            .table_name(&walk.table)
            .set_index_name(walk.index.map(str::to_owned))
            .key_condition_expression(&walk.condition)
            .set_filter_expression(walk.filter.clone())
            .set_expression_attribute_names(Some(walk.names.clone()))
            .set_expression_attribute_values(Some(walk.values.clone()))
            .scan_index_forward(walk.forward)
            .set_exclusive_start_key(start)
            .set_limit(limit.map(|most| i32::try_from(most).unwrap_or(i32::MAX)));
        if walk.consistent {
            call = call.consistent_read(true);
        }
        if !rows {
            call = call.select(Select::Count);
        }
        M::ask(call).await
    }
}
