//! Records the data of the benchmark: the users of the table, the keys and projections of its
//! indexes, an access token and the public key that verifies it.
//!
//! ```sh
//! cargo run -p provost-testkit --example record_table > tests/bench/table.json
//! ```

#![allow(
    clippy::disallowed_methods,
    reason = "a recording looks into whole tables, which no function may"
)]
#![allow(clippy::print_stdout, reason = "the recording is what one runs this for")]

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use provost_auth::{Purpose, token::AccessClaims};
use provost_domain::{
    BuiltInRole, Pseudonym, Status,
    profile::Profile,
    time::DAY,
    user::{Suspension, SuspensionKind},
};
use provost_testkit::World;
use serde_json::{Map, Value, json};

/// Lifetime of the token and its session: the functions under measurement read the real clock.
const LIFE: i64 = 50 * 365 * DAY;
/// More than the fifty rows of a page, so that the page has a cursor.
const PEOPLE: usize = 60;
const NAMES: [&str; 12] = [
    "Ada", "Björn", "Chidi", "Dagny", "Eszter", "Farid", "Grethe", "Hana", "Ioana", "Jun",
    "Katrín", "Luis",
];

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let world = World::of(|_| Vec::new()).await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    for number in 0..PEOPLE {
        world.advance(61_000);
        let person = world.person(&format!("{}{number}", NAMES[number % NAMES.len()])).await;
        let suspension = Suspension {
            id: None,
            kind: SuspensionKind::Ban,
            reason: "Sent the same message to four hundred people.".to_owned(),
            by: world.app.id(Pseudonym::new),
            at: world.app.now(),
            expires_at: Some(world.app.now().plus(LIFE)),
            before: Status::Active,
        };
        world
            .edit(person.id, |user| {
                user.storage_used = (number as u64) * 7_340_033;
                user.total_files = number as u64 * 3;
                user.last_login_ip = Some("203.0.113.77".to_owned());
                if number % 10 == 0 {
                    user.status = Status::Suspended;
                    user.suspension = Some(suspension);
                }
            })
            .await;
    }
    let mut tx = world.app.transaction();
    tx.save_profile(root.id, &Profile::default()).expect("a profile");
    tx.commit().await.expect("no concurrent write");
    let session = root.session.expect("root is signed in");
    world
        .edit(root.id, |user| {
            if let Some(session) = user.sessions.get_mut(&session) {
                session.expires_at = session.expires_at.plus(LIFE);
            }
        })
        .await;
    let signer =
        world.app.keys().signer(Purpose::Session, world.app.now()).await.expect("the key is there");
    let token = signer
        .sign(AccessClaims::of(root.id, session), world.app.now(), LIFE)
        .expect("the claims are signed");

    let dynamo = world.app.store().dynamo();
    let table = &world.app.store().names().accounts;
    let scan = dynamo.scan().table_name(table).send().await.expect("the table can be read");
    let mut items: Vec<String> = scan
        .items()
        .iter()
        .filter(|attributes| is_read(attributes))
        .map(|item| map(item).to_string())
        .collect();
    items.sort();
    let public = json!({ "keys": [signer.public()] }).to_string();
    let indexes = json!(indexes(dynamo, table).await);
    println!("{{\"publicKeys\": {},\n\"token\": {},", json!(public), json!(token));
    println!(
        "\"tables\": {{\"accounts\": {{\"indexes\": {indexes},\n\"items\": [\n{}\n]}}}}}}",
        items.join(",\n")
    );
}

/// Whether the measured routes read the item; passwords and address claims are not recorded.
fn is_read(attributes: &HashMap<String, AttributeValue>) -> bool {
    let text = |name: &str| {
        attributes.get(name).and_then(|value| value.as_s().ok()).map_or("", String::as_str)
    };
    matches!(text("sk"), "PRINCIPAL" | "PROFILE") || text("pk").starts_with("COUNT#")
}

/// The key and the projected attributes of each index of a table; no attributes means all.
async fn indexes(dynamo: &aws_sdk_dynamodb::Client, table: &str) -> BTreeMap<String, Value> {
    let described =
        dynamo.describe_table().table_name(table).send().await.expect("the table is described");
    let table = described.table.expect("a description");
    table
        .global_secondary_indexes()
        .iter()
        .map(|index| {
            let keys: Vec<_> = index.key_schema().iter().map(|key| key.attribute_name()).collect();
            let projected = index
                .projection()
                .map(|projection| projection.non_key_attributes().to_vec())
                .unwrap_or_default();
            (
                index.index_name().unwrap_or_default().to_owned(),
                json!({ "key": keys, "projected": projected }),
            )
        })
        .collect()
}

fn map(attributes: &HashMap<String, AttributeValue>) -> Value {
    // Sorted, so that the same world gives the same file.
    attributes
        .iter()
        .map(|(name, value)| (name.clone(), attribute(value)))
        .collect::<BTreeMap<_, _>>()
        .into_iter()
        .collect::<Map<_, _>>()
        .into()
}

fn attribute(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(number) => json!({ "N": number }),
        AttributeValue::Bool(flag) => json!({ "BOOL": flag }),
        AttributeValue::Null(_) => json!({ "NULL": true }),
        AttributeValue::M(attributes) => json!({ "M": map(attributes) }),
        AttributeValue::L(list) => json!({ "L": list.iter().map(attribute).collect::<Vec<_>>() }),
        AttributeValue::B(blob) => json!({ "B": aws_smithy_types::base64::encode(blob) }),
        AttributeValue::Ss(set) => json!({ "SS": set }),
        AttributeValue::Ns(set) => json!({ "NS": set }),
        other => panic!("the recording has no form for {other:?}"),
    }
}
