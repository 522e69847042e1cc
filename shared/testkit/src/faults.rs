//! Errors that DynamoDB returns under load and the embedded database never does: writes that
//! conflict with a transaction, and throttled partitions.
//!
//! A failed call never reaches the table: it is sent under an unknown operation name, and the
//! response is replaced by the one that DynamoDB documents.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::{
    operation::{
        delete_item::DeleteItemInput, put_item::PutItemInput,
        transact_write_items::TransactWriteItemsInput, update_item::UpdateItemInput,
    },
    types::AttributeValue,
};
use aws_smithy_runtime_api::client::{
    interceptors::context::Input,
    orchestrator::{HttpRequest, HttpResponse},
};
use aws_smithy_types::{
    body::SdkBody,
    config_bag::{Storable, StoreReplace},
};
use serde_json::json;

type Item = std::collections::HashMap<String, AttributeValue>;

/// Table, partition key and sort key.
type Place = (String, String, String);

/// The items of a write.
#[derive(Debug, Clone)]
pub(crate) struct Touched {
    is_transaction: bool,
    places: Vec<Place>,
}

impl Storable for Touched {
    type Storer = StoreReplace<Self>;
}

/// The outcome of one attempt to write.
#[derive(Debug, Clone, Default)]
pub(crate) struct Attempt {
    /// The response in place of the table's.
    refusal: Option<String>,
    /// The number of the attempt while it is in flight.
    flight: Option<u64>,
}

impl Storable for Attempt {
    type Storer = StoreReplace<Self>;
}

/// Which of the writes fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    Once(usize),
    From(usize),
}

impl Which {
    fn is_met(which: Option<Self>, number: usize) -> bool {
        match which {
            Some(Self::Once(wanted)) => number == wanted,
            Some(Self::From(first)) => number >= first,
            None => false,
        }
    }
}

/// The faults of a world.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    transactions: usize,
    refused_transactions: Option<Which>,
    singles: usize,
    refused_singles: Option<Which>,
    throttled: BTreeSet<String>,
    collide: bool,
    collisions: usize,
    flights: u64,
    in_flight: BTreeMap<u64, Touched>,
}

impl Faults {
    pub(crate) fn conflict_once(&mut self, number: usize) {
        (self.transactions, self.refused_transactions) = (0, Some(Which::Once(number)));
    }

    pub(crate) fn conflict_from(&mut self, number: usize) {
        (self.transactions, self.refused_transactions) = (0, Some(Which::From(number)));
    }

    pub(crate) fn single_conflict_once(&mut self, number: usize) {
        (self.singles, self.refused_singles) = (0, Some(Which::Once(number)));
    }

    pub(crate) fn single_conflict_from(&mut self, number: usize) {
        (self.singles, self.refused_singles) = (0, Some(Which::From(number)));
    }

    pub(crate) fn throttle(&mut self, partition: &str) {
        self.throttled.insert(partition.to_owned());
    }

    pub(crate) fn collide(&mut self) {
        self.collide = true;
    }

    pub(crate) fn collisions(&self) -> usize {
        self.collisions
    }

    /// Decides the outcome of an attempt before it is sent.
    pub(crate) fn decide(&mut self, touched: &Touched) -> Attempt {
        let scripted = if touched.is_transaction {
            self.transactions += 1;
            Which::is_met(self.refused_transactions, self.transactions)
        } else {
            self.singles += 1;
            Which::is_met(self.refused_singles, self.singles)
        };
        let throttled = |place: &Place| self.throttled.contains(&place.1);
        // Two single writes wait for each other and never conflict.
        let meets = |place: &Place| {
            self.collide
                && self.in_flight.values().any(|other| {
                    (other.is_transaction || touched.is_transaction) && other.places.contains(place)
                })
        };
        let mut codes: Vec<_> = touched
            .places
            .iter()
            .map(|place| match (throttled(place), meets(place)) {
                (true, _) => "ThrottlingError",
                (false, true) => "TransactionConflict",
                (false, false) => "None",
            })
            .collect();
        if scripted && let Some(first) = codes.first_mut() {
            *first = "TransactionConflict";
        }
        if codes.iter().all(|code| *code == "None") {
            let flight = self.collide.then_some(self.flights);
            if let Some(flight) = flight {
                self.flights += 1;
                self.in_flight.insert(flight, touched.clone());
            }
            return Attempt { refusal: None, flight };
        }
        self.collisions += 1;
        Attempt { refusal: Some(refusal(touched.is_transaction, &codes)), flight: None }
    }

    /// Records that an attempt got its response.
    pub(crate) fn landed(&mut self, attempt: &Attempt) {
        if let Some(flight) = attempt.flight {
            self.in_flight.remove(&flight);
        }
    }
}

/// The body of the response that DynamoDB documents for these reasons.
fn refusal(is_transaction: bool, codes: &[&str]) -> String {
    let kind = |name: &str| format!("com.amazonaws.dynamodb.v20120810#{name}");
    if is_transaction {
        let reasons: Vec<_> = codes.iter().map(|code| json!({ "Code": code })).collect();
        let message = format!(
            "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
            codes.join(", ")
        );
        return json!({ "__type": kind("TransactionCanceledException"), "Message": message, "CancellationReasons": reasons }).to_string();
    }
    if codes.contains(&"TransactionConflict") {
        return json!({ "__type": kind("TransactionConflictException"), "message": "Transaction is ongoing for the item" }).to_string();
    }
    json!({ "__type": kind("ThrottlingException"), "message": "Throughput exceeds the current capacity of your table or index." })
        .to_string()
}

impl Attempt {
    /// Keeps a failed request from the table.
    pub(crate) fn divert(&self, request: &mut HttpRequest) {
        if self.refusal.is_some() {
            request.headers_mut().insert("x-amz-target", "DynamoDB_20120810.RefusedByTheTest");
        }
    }

    /// Replaces the response to a failed request.
    pub(crate) fn replace(&self, response: &mut HttpResponse) {
        if let Some(refusal) = &self.refusal {
            let mut replaced = HttpResponse::new(
                400_u16.try_into().expect("a status"),
                SdkBody::from(refusal.as_str()),
            );
            replaced.headers_mut().insert("content-type", "application/x-amz-json-1.0");
            *response = replaced;
        }
    }
}

/// The items that a call writes; `None` for a call that writes no items by key.
pub(crate) fn touched(input: &Input) -> Option<Touched> {
    let place = |table: Option<&str>, key: Option<&Item>| -> Option<Place> {
        let text = |name: &str| {
            key.and_then(|key| key.get(name)?.as_s().ok()).cloned().unwrap_or_default()
        };
        Some((table?.to_owned(), text("pk"), text("sk")))
    };
    let single = |place: Option<Place>| {
        place.map(|place| Touched { is_transaction: false, places: vec![place] })
    };
    if let Some(put) = input.downcast_ref::<PutItemInput>() {
        return single(place(put.table_name(), put.item()));
    }
    if let Some(update) = input.downcast_ref::<UpdateItemInput>() {
        return single(place(update.table_name(), update.key()));
    }
    if let Some(delete) = input.downcast_ref::<DeleteItemInput>() {
        return single(place(delete.table_name(), delete.key()));
    }
    let transaction = input.downcast_ref::<TransactWriteItemsInput>()?;
    let places = transaction.transact_items().iter().filter_map(|write| {
        write
            .put()
            .map(|put| (put.table_name(), put.item()))
            .or(write.update().map(|update| (update.table_name(), update.key())))
            .or(write.delete().map(|delete| (delete.table_name(), delete.key())))
            .or(write.condition_check().map(|check| (check.table_name(), check.key())))
            .and_then(|(table, key)| place(Some(table), Some(key)))
    });
    Some(Touched { is_transaction: true, places: places.collect() })
}
