//! The meter: the cost of a call in DynamoDB's units, from the sizes of its items, by the rules
//! that AWS publishes ("DynamoDB read and write operations", Amazon DynamoDB Developer Guide).
//!
//! An emulator's own capacity figures are not used. Where the meter cannot see the size, it counts
//! the minimum: an update or removal without the item is one unit (two in a transaction), and items
//! that a filter removes from a query's result are not priced.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::{
    operation::{
        batch_get_item::{BatchGetItemInput, BatchGetItemOutput},
        batch_write_item::BatchWriteItemInput,
        delete_item::DeleteItemInput,
        get_item::{GetItemInput, GetItemOutput},
        put_item::PutItemInput,
        query::{QueryInput, QueryOutput},
        transact_write_items::TransactWriteItemsInput,
        update_item::UpdateItemInput,
    },
    types::AttributeValue,
};
use aws_smithy_runtime_api::client::interceptors::context::{Input, Output};
use aws_smithy_types::config_bag::{Storable, StoreReplace};
use provost_local::Infrastructure;
use provost_store::wire;

pub use crate::right::Right;
use crate::{
    callers,
    infrastructure::infrastructure,
    right::{shape, short},
};

type Item = HashMap<String, AttributeValue>;

/// Usage since the meter was reset.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Spent {
    /// Calls by `Service.Operation`.
    pub calls: BTreeMap<String, usize>,
    /// Read request units.
    pub reads: f64,
    /// Items that queries read without returning them: removed by a filter, or only counted.
    /// DynamoDB charges them by size, which is not visible here, so they are not part of the units.
    pub passed_over: usize,
    /// Write request units of the tables.
    pub writes: f64,
    /// Write request units of the indexes, as if every projected attribute had changed: an upper
    /// bound.
    pub index_writes: f64,
    /// The access patterns: table, index, shape of the key.
    pub patterns: BTreeSet<String>,
    /// The required rights.
    pub rights: BTreeSet<Right>,
}

/// The part of a request that the price of its response depends on. It is kept with the call, since
/// the input is not available when the response arrives.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Asked {
    consistent: bool,
    keys: usize,
}

impl Storable for Asked {
    type Storer = StoreReplace<Self>;
}

impl Spent {
    /// Number of calls.
    pub fn requests(&self) -> usize {
        self.calls.values().sum()
    }

    /// Prices a request before it is sent: all of its writes, and records what is needed to price
    /// its reads.
    pub(crate) fn ask(&mut self, input: &Input) -> Asked {
        if let Some(get) = input.downcast_ref::<GetItemInput>() {
            self.note("GetItem", get.table_name(), get.key());
            return Asked { consistent: get.consistent_read().unwrap_or(false), keys: 1 };
        } else if let Some(batch) = input.downcast_ref::<BatchGetItemInput>() {
            let mut asked = Asked::default();
            for (table, keys) in batch.request_items().into_iter().flatten() {
                asked.consistent = keys.consistent_read().unwrap_or(false);
                asked.keys += keys.keys().len();
                for key in keys.keys() {
                    self.note("BatchGetItem", Some(table), Some(key));
                }
            }
            return asked;
        } else if let Some(query) = input.downcast_ref::<QueryInput>() {
            let shape: Item = query
                .expression_attribute_values()
                .cloned()
                .unwrap_or_default()
                .into_iter()
                .filter(|(name, _)| {
                    query
                        .key_condition_expression()
                        .is_some_and(|text| text.contains(name.as_str()))
                })
                .collect();
            self.note_query(query.table_name(), query.index_name(), &shape);
            return Asked { consistent: query.consistent_read().unwrap_or(false), keys: 0 };
        } else if let Some(put) = input.downcast_ref::<PutItemInput>() {
            self.note("PutItem", put.table_name(), put.item());
            self.write(put.table_name(), put.item(), 1.0);
        } else if let Some(update) = input.downcast_ref::<UpdateItemInput>() {
            self.note("UpdateItem", update.table_name(), update.key());
            self.writes += 1.0;
        } else if let Some(delete) = input.downcast_ref::<DeleteItemInput>() {
            self.note("DeleteItem", delete.table_name(), delete.key());
            self.writes += 1.0;
        } else if let Some(batch) = input.downcast_ref::<BatchWriteItemInput>() {
            for (table, requests) in batch.request_items().into_iter().flatten() {
                for request in requests {
                    if let Some(put) = request.put_request() {
                        self.note("BatchWriteItem", Some(table), Some(put.item()));
                        self.write(Some(table), Some(put.item()), 1.0);
                    } else if let Some(delete) = request.delete_request() {
                        self.note("BatchWriteItem", Some(table), Some(delete.key()));
                        self.writes += 1.0;
                    }
                }
            }
        } else if let Some(transaction) = input.downcast_ref::<TransactWriteItemsInput>() {
            for write in transaction.transact_items() {
                if let Some(put) = write.put() {
                    self.note("PutItem", Some(put.table_name()), Some(put.item()));
                    self.write(Some(put.table_name()), Some(put.item()), 2.0);
                } else if let Some((action, table, key)) = write
                    .update()
                    .map(|w| ("UpdateItem", w.table_name(), w.key()))
                    .or(write.delete().map(|w| ("DeleteItem", w.table_name(), w.key())))
                    .or(write
                        .condition_check()
                        .map(|w| ("ConditionCheckItem", w.table_name(), w.key())))
                {
                    self.note(action, Some(table), Some(key));
                    self.writes += 2.0;
                }
            }
        } else {
            callers::of_other_services(input).into_iter().for_each(|right| self.took(right));
        }
        Asked::default()
    }

    /// Prices a response.
    pub(crate) fn answered(&mut self, asked: Asked, output: &Output) {
        // Rows that are read without the SDK are not in the output.
        let rows = wire::answer()
            .filter(|body| !body.is_empty())
            .map(|body| wire::Answer::read(&body).expect("a response of the table"));
        let sizes: Option<Vec<f64>> = rows.as_ref().map(|rows| {
            rows.rows.iter().map(|row| size(&row.item().expect("an item")) as f64).collect()
        });
        if let Some(get) = output.downcast_ref::<GetItemOutput>() {
            let bytes =
                sizes.map_or_else(|| get.item().map_or(0, size) as f64, |sizes| sizes.iter().sum());
            self.reads += read_units(bytes, asked.consistent);
        } else if let Some(batch) = output.downcast_ref::<BatchGetItemOutput>() {
            let found: Vec<f64> = sizes.unwrap_or_else(|| {
                batch
                    .responses()
                    .into_iter()
                    .flatten()
                    .flat_map(|(_, items)| items)
                    .map(|item| size(item) as f64)
                    .collect()
            });
            // A key without an item is charged as well.
            let missing = asked.keys.saturating_sub(found.len()) as f64;
            self.reads +=
                found.into_iter().map(|bytes| read_units(bytes, asked.consistent)).sum::<f64>()
                    + missing * read_units(0.0, asked.consistent);
        } else if let Some(query) = output.downcast_ref::<QueryOutput>() {
            let scanned = rows.map_or_else(
                || u64::try_from(query.scanned_count()).unwrap_or(0),
                |rows| rows.scanned,
            );
            let sizes = sizes
                .unwrap_or_else(|| query.items().iter().map(|item| size(item) as f64).collect());
            self.reads += read_units(sizes.iter().sum(), asked.consistent);
            self.passed_over += usize::try_from(scanned).unwrap_or(0).saturating_sub(sizes.len());
        }
    }

    fn write(&mut self, table: Option<&str>, item: Option<&Item>, times: f64) {
        let (Some(table), Some(item)) = (table, item) else { return };
        self.writes += times * write_units(size(item) as f64);
        self.index_writes += index_units(&infrastructure(), table, item);
    }

    fn note(&mut self, action: &'static str, table: Option<&str>, key: Option<&Item>) {
        let (Some(table), Some(key)) = (table, key) else { return };
        let verb = if action.ends_with("GetItem") { "read" } else { "write" };
        let text = |name: &str| {
            key.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default()
        };
        self.patterns.insert(format!(
            "{verb} {} {} / {}",
            short(table),
            shape(&text("pk")),
            shape(&text("sk"))
        ));
        self.took(Right {
            action: format!("dynamodb:{action}"),
            on: short(table).to_owned(),
            leading: vec![text("pk")],
        });
    }

    fn took(&mut self, right: Right) {
        callers::note(&right);
        self.rights.insert(right);
    }

    fn note_query(&mut self, table: Option<&str>, index: Option<&str>, values: &Item) {
        let leading = values.values().filter_map(|value| value.as_s().ok().cloned()).collect();
        let table_name = short(table.unwrap_or_default());
        let on =
            index.map_or_else(|| table_name.to_owned(), |index| format!("{table_name}/{index}"));
        self.took(Right { action: "dynamodb:Query".to_owned(), on, leading });
        let index = index.map(|index| format!("[{index}]")).unwrap_or_default();
        let mut shapes: Vec<String> =
            values.values().filter_map(|value| value.as_s().ok()).map(|text| shape(text)).collect();
        shapes.sort();
        shapes.dedup();
        self.patterns.insert(format!(
            "query {}{index} {}",
            short(table.unwrap_or_default()),
            shapes.join(" / ")
        ));
    }
}

/// Size of an item in bytes: names and values, by DynamoDB's published rules ("DynamoDB item sizes
/// and formats").
pub fn size(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + value_size(value)).sum()
}

fn value_size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        // About one byte for two significant digits, plus one.
        AttributeValue::N(digits) => {
            digits.trim_start_matches('-').trim_matches('0').len().div_ceil(2)
                + 1
                + usize::from(digits.starts_with('-'))
        }
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::Bool(_) | AttributeValue::Null(_) => 1,
        AttributeValue::L(list) => {
            3 + list.iter().map(|value| 1 + value_size(value)).sum::<usize>()
        }
        AttributeValue::M(map) => {
            3 + map.iter().map(|(name, value)| 1 + name.len() + value_size(value)).sum::<usize>()
        }
        AttributeValue::Ss(set) => set.iter().map(String::len).sum(),
        AttributeValue::Ns(set) => set.iter().map(|n| n.len().div_ceil(2) + 1).sum(),
        AttributeValue::Bs(set) => set.iter().map(|b| b.as_ref().len()).sum(),
        _ => 0,
    }
}

fn read_units(bytes: f64, consistent: bool) -> f64 {
    (bytes / 4096.0).ceil().max(1.0) * if consistent { 1.0 } else { 0.5 }
}

fn write_units(bytes: f64) -> f64 {
    (bytes / 1024.0).ceil().max(1.0)
}

/// Write units of the indexes that contain an item.
fn index_units(infrastructure: &Infrastructure, table: &str, item: &Item) -> f64 {
    let Some(declared) = infrastructure
        .tables
        .iter()
        .find(|declared| declared.name.to_lowercase().starts_with(short(table)))
    else {
        return 0.0;
    };
    let appears = |index: &&provost_local::Index| {
        item.contains_key(&index.key.hash)
            && index.key.range.as_ref().is_none_or(|range| item.contains_key(range))
    };
    declared.indexes.iter().filter(appears).count() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s(text: &str) -> AttributeValue {
        AttributeValue::S(text.to_owned())
    }

    #[test]
    fn an_item_is_priced_by_its_names_and_values() {
        let item = HashMap::from([
            ("pk".to_owned(), s("USER#1")),
            ("sk".to_owned(), s("PRINCIPAL")),
            ("count".to_owned(), AttributeValue::N("1234".to_owned())),
            ("on".to_owned(), AttributeValue::Bool(true)),
        ]);
        assert_eq!(size(&item), (2 + 6) + (2 + 9) + (5 + 3) + (2 + 1));
        assert_eq!(write_units(1024.0), 1.0);
        assert_eq!(write_units(1025.0), 2.0);
        assert_eq!(read_units(4096.0, true), 1.0);
        assert_eq!(read_units(4097.0, false), 1.0);
        assert_eq!(read_units(0.0, false), 0.5);
    }
}
