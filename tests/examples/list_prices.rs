//! Costs of the staff lists in deployments of different sizes, in read units by the meter of the
//! tests.
//!
//! ```sh
//! cargo run -p provost-tests --example list_prices -- 1000 20000
//! ```
//! One user in a hundred is banned, one in twenty has an open fraud alert. The meter counts
//! only what a query returns; skipped items are priced here by the size of a row.

#![allow(clippy::print_stdout, reason = "this program is asked for a table")]

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use provost::root::person;
use provost_domain::{
    AlertId, BuiltInRole, Pseudonym, Status, Timestamp, User, UserId,
    fraud::{Alert, AlertStatus, Rule, Signal},
    user::{Suspension, SuspensionKind},
};
use provost_store::records;
use provost_testkit::{Someone, World};

type Item = HashMap<String, AttributeValue>;

/// Maximum number of items per batch.
const BATCH: usize = 25;
/// Bytes of a user's row in an index; a row of an alert has about as many.
const ROW: usize = 446;
const LISTS: [&str; 7] = [
    "/api/admin/users",
    "/api/admin/users?page=20",
    "/api/admin/users?page=400",
    "/api/admin/users?page=1000&limit=20",
    "/api/admin/users?status=banned",
    "/api/admin/fraud-alerts",
    "/api/admin/fraud-alerts?status=open",
];

#[tokio::main]
async fn main() {
    let world = World::of(provost::functions).await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let mut users = 1;
    println!("| users | list | rows | read units | rows passed over | with them | requests |");
    println!("|---|---|---|---|---|---|---|");
    let sizes =
        std::env::args().skip(1).map(|size| size.parse::<u64>().expect("sizes are numbers"));
    for size in sizes {
        grow(&world, &root, users, size).await;
        users = size;
        for list in LISTS {
            measure(&world, &root, users, list).await;
        }
    }
}

/// Adds users up to this number, as copies of one who is active and one who is banned: only the
/// number and size of the rows matter.
async fn grow(world: &World, root: &Someone<'_>, from: u64, to: u64) {
    let (app, client) = (&world.app, world.emulators.dynamodb());
    let table = app.store().names().accounts.clone();
    let by = world.user(root.id).await.expect("root exists").pseudonym;
    let models = [model(world, "active", None).await, model(world, "banned", Some(by)).await];
    // The two originals are users themselves.
    for first in (from + 2..to).step_by(BATCH) {
        let (mut writes, mut alerts) = (Vec::new(), Vec::new());
        for number in first..to.min(first + BATCH as u64) {
            world.advance(1);
            let (model, email, old) = &models[usize::from(number % 100 == 0)];
            let (new, now) = (app.id(UserId::new), app.now());
            let replaced = |text: &str| match text {
                text if text == email => format!("user.{number:05}@growth.example"),
                text => text.replace(&old.to_string(), &new.to_string()),
            };
            let mut item: Item = model.clone();
            for value in item.values_mut() {
                if let AttributeValue::S(text) = value {
                    *text = replaced(text);
                }
            }
            item.insert("createdAt".to_owned(), AttributeValue::S(now.to_string()));
            let put = PutRequest::builder().set_item(Some(item)).build().expect("an item");
            writes.push(WriteRequest::builder().put_request(put).build());
            if number % 20 == 0 {
                alerts.push(alert(app.id(AlertId::new), new, now));
            }
        }
        client
            .batch_write_item()
            .request_items(&table, writes)
            .send()
            .await
            .expect("the table accepts them");
        for alert in alerts {
            let mut tx = app.transaction();
            tx.raise_alert(&alert, None).expect("an alert");
            tx.commit().await.expect("no concurrent write");
        }
    }
    let count = client
        .update_item()
        .table_name(&table)
        .key("pk", AttributeValue::S("COUNT#users".to_owned()));
    let count = count
        .key("sk", AttributeValue::S("growth".to_owned()))
        .update_expression("ADD #total :more");
    let more = AttributeValue::N((to - from - 2).to_string());
    count
        .expression_attribute_names("#total", "total")
        .expression_attribute_values(":more", more)
        .send()
        .await
        .expect("a counter");
}

/// A user as stored in the table, with the address and the id that it contains.
async fn model(world: &World, name: &str, banned_by: Option<Pseudonym>) -> (Item, String, UserId) {
    let (app, now) = (&world.app, world.app.now());
    let number = app.id(UserId::new);
    let email = format!("{name}.{number}@growth.example").to_lowercase();
    let user = person(number, email.parse().expect("an address"), ("Ada", "Lindqvist"), app)
        .expect("the system provides randomness");
    let user = User { status: Status::Active, ..user };
    let user = match banned_by {
        None => user,
        Some(by) => {
            let kind = SuspensionKind::Ban;
            let suspension = Suspension {
                id: None,
                kind,
                reason: "Spam.".to_owned(),
                by,
                at: now,
                expires_at: None,
                before: Status::Active,
            };
            user.suspend(suspension, now).expect("an active account")
        }
    };
    let mut tx = app.transaction();
    tx.create_user(&user).expect("a user");
    tx.commit().await.expect("no concurrent write");
    let key = records::key(user.user_id);
    let found = world.emulators.dynamodb().get_item().table_name(&app.store().names().accounts);
    let found = found
        .key("pk", AttributeValue::S(key.pk))
        .key("sk", AttributeValue::S(key.sk))
        .send()
        .await
        .expect("the table responds");
    (found.item.expect("they exist"), email, user.user_id)
}

fn alert(id: AlertId, user_id: UserId, now: Timestamp) -> Alert {
    let signal = Signal {
        rule: Rule::SharedAddress,
        score: 40,
        evidence: [("accounts".to_owned(), 3.into())].into(),
    };
    Alert {
        id,
        user_id,
        rule_set: 1,
        status: AlertStatus::Open,
        signals: vec![signal],
        score: 40,
        source_ip: Some("192.0.2.7".to_owned()),
        assigned_to: None,
        history: Vec::new(),
        raised_in: None,
        dismissed_in: None,
        created_at: now,
        updated_at: now,
        closed_at: None,
        version: 1,
    }
}

async fn measure(world: &World, root: &Someone<'_>, users: u64, list: &str) {
    let mut root = root.clone();
    root.renew().await;
    world.interceptor.reset();
    let reply = root.get(list).await;
    let spent = world.interceptor.spent();
    let rows = match reply.status.as_u16() {
        200 => reply.json()["data"].as_array().map_or(0, Vec::len).to_string(),
        status => format!("{status} {}", reply.code()),
    };
    // Index reads are eventually consistent: half a unit for 4 KiB.
    let with_them = spent.reads + (spent.passed_over * ROW).div_ceil(4096) as f64 / 2.0;
    let requests = spent.calls.values().sum::<usize>();
    println!(
        "| {users} | `{list}` | {rows} | {:.1} | {} | {with_them:.1} | {requests} |",
        spent.reads, spent.passed_over
    );
}
