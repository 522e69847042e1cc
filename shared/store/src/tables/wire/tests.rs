use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;
use bytes::Bytes;
use provost_domain::Timestamp;
use serde::{Deserialize, Serialize};

use super::*;
use crate::{StoreError, item::Item};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Kind {
    Plain,
    Named(u32),
    Full { text: String, more: Option<bool> },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
enum Tagged {
    One { count: u64 },
    Two,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Flat {
    inner: i64,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    absent: Option<String>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Everything {
    text: String,
    escaped: String,
    large: u64,
    negative: i64,
    fraction: f64,
    yes: bool,
    nothing: Option<String>,
    something: Option<u8>,
    list: Vec<Option<u32>>,
    set: BTreeSet<String>,
    map: BTreeMap<String, Vec<Kind>>,
    tagged: Vec<Tagged>,
    kind: Kind,
    at: Timestamp,
    pair: (String, u8),
    #[serde(flatten)]
    flat: Flat,
}

fn everything() -> Everything {
    Everything {
        text: "Åsa".to_owned(),
        escaped: "a \"quote\",\na line and \u{1F600}".to_owned(),
        large: u64::MAX,
        negative: -7,
        fraction: 1.5,
        yes: true,
        nothing: None,
        something: Some(3),
        list: vec![Some(1), None],
        set: BTreeSet::from(["a".to_owned(), "b".to_owned()]),
        map: BTreeMap::from([(
            "k".to_owned(),
            vec![
                Kind::Plain,
                Kind::Named(9),
                Kind::Full { text: "t".to_owned(), more: Some(false) },
            ],
        )]),
        tagged: vec![Tagged::One { count: 2 }, Tagged::Two],
        kind: Kind::Named(1),
        at: Timestamp::from_millis(1_795_190_000_123),
        pair: ("p".to_owned(), 4),
        flat: Flat { inner: -1, absent: None },
    }
}

/// An item as DynamoDB writes it.
fn written(value: &AttributeValue) -> serde_json::Value {
    use serde_json::json;
    match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(number) => json!({ "N": number }),
        AttributeValue::Bool(value) => json!({ "BOOL": value }),
        AttributeValue::Null(_) => json!({ "NULL": true }),
        AttributeValue::L(list) => json!({ "L": list.iter().map(written).collect::<Vec<_>>() }),
        AttributeValue::M(map) => {
            json!({ "M": map.iter().map(|(name, value)| (name.clone(), written(value))).collect::<BTreeMap<_, _>>() })
        }
        AttributeValue::Ss(set) => json!({ "SS": set }),
        other => panic!("unexpected attribute {other:?}"),
    }
}

fn row(item: &Item) -> Row {
    let json: BTreeMap<_, _> =
        item.iter().map(|(name, value)| (name.clone(), written(value))).collect();
    Row(serde_json::to_vec(&json).expect("JSON").into())
}

#[test]
fn an_item_is_decoded_like_the_sdk_does() {
    let item: Item = serde_dynamo::to_item(everything()).expect("an item");
    assert_eq!(item.clone().decode::<Everything>("an item").expect("by the SDK"), everything());
    assert_eq!(row(&item).decode::<Everything>("an item").expect("as it came"), everything());
    assert_eq!(row(&item).item().expect("an item"), item);
}

#[test]
fn a_set_is_read_as_a_list() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Sets {
        names: BTreeSet<String>,
        #[serde(default)]
        more: Vec<String>,
    }
    let item = Item::from([(
        "names".to_owned(),
        AttributeValue::Ss(vec!["b".to_owned(), "a".to_owned()]),
    )]);
    let sets = Sets { names: BTreeSet::from(["a".to_owned(), "b".to_owned()]), more: Vec::new() };
    assert_eq!(row(&item).decode::<Sets>("sets").expect("sets"), sets);
}

#[test]
fn unknown_attributes_are_ignored() {
    let mut item: Item = serde_dynamo::to_item(everything()).expect("an item");
    item.insert(
        "newer".to_owned(),
        AttributeValue::M(
            [("deep".to_owned(), AttributeValue::L(vec![AttributeValue::Null(true)]))].into(),
        ),
    );
    assert_eq!(row(&item).decode::<Everything>("an item").expect("an item"), everything());
}

#[test]
fn an_item_without_a_required_attribute_is_unreadable() {
    let mut item: Item = serde_dynamo::to_item(everything()).expect("an item");
    item.remove("kind");
    assert!(matches!(
        row(&item).decode::<Everything>("an item"),
        Err(StoreError::Unreadable { entity: "an item", .. })
    ));
    assert!(Row(Bytes::from_static(b"{\"text\":{}}")).decode::<Everything>("an item").is_err());
}

#[test]
fn a_response_keeps_the_order_count_and_position_of_its_items() {
    let body = br#"{"Count":2,"Items":[{"sk":{"S":"b"}},{"sk":{"S":"a"}}],"LastEvaluatedKey":{"sk":{"S":"a"}},"ScannedCount":5,"ConsumedCapacity":{"TableName":"t"}}"#;
    let answer = Answer::read(&Bytes::from_static(body)).expect("an answer");
    let names: Vec<_> = answer
        .rows
        .iter()
        .map(|row| row.item().expect("an item")["sk"].as_s().expect("a text").clone())
        .collect();
    assert_eq!(names, ["b", "a"]);
    assert_eq!((answer.count, answer.scanned), (2, 5));
    assert_eq!(
        answer.next,
        Some(Item::from([("sk".to_owned(), AttributeValue::S("a".to_owned()))]))
    );
}

#[test]
fn a_throttled_response_lists_its_unprocessed_keys() {
    let body = br#"{"Responses":{"t":[{"pk":{"S":"1"}}]},"UnprocessedKeys":{"t":{"Keys":[{"pk":{"S":"2"}}],"ConsistentRead":true}}}"#;
    let answer = Answer::read(&Bytes::from_static(body)).expect("an answer");
    assert_eq!(answer.rows.len(), 1);
    assert_eq!(answer.left, [Item::from([("pk".to_owned(), AttributeValue::S("2".to_owned()))])]);
}
