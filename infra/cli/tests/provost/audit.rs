//! `provost audit verify` and `provost audit check`: what they accept, and every change of the log
//! that they notice.

use provost::audit::{check::checked, verify::verified};
use provost_domain::{BuiltInRole, time::HOUR};
use provost_local::Function;
use provost_merkle::checkpoint::LogKey;
use provost_store::item::{Item, s};
use provost_testkit::{Someone, World};
use serde_json::Value;

const LOGS: &str = "/api/admin/audit/logs";
const CHECKPOINT: &str = "/api/admin/audit/checkpoint";

async fn world() -> World {
    World::of(|app| {
        vec![
            Function::http("audit", fn_audit::routes().router(app.clone())),
            Function::worker_over("scheduler", app, fn_scheduler::handle),
        ]
    })
    .await
}

/// Writes entries by exporting the log, each of which is an entry, and lets them become leaves.
async fn write(world: &World, root: &mut Someone<'_>, count: usize) {
    for _ in 0..count {
        root.get(&format!("{LOGS}?format=csv")).await;
        world.advance(1);
    }
    world.pass(2 * HOUR).await;
    root.renew().await;
}

async fn proof_of_newest(root: &Someone<'_>) -> Value {
    let id = root.get(&format!("{LOGS}?limit=1")).await.ok()["data"][0]["id"].clone();
    root.get(&format!("{LOGS}/{}/proof", id.as_str().expect("an id"))).await.ok()
}

fn keys(state: &Value) -> Vec<LogKey> {
    vec![state["keys"][0].as_str().expect("a key").parse().expect("a key")]
}

fn verify(files: &[&Value], keys: &[LogKey]) -> Result<String, String> {
    let files: Vec<_> = (1..)
        .zip(files)
        .map(|(number, file)| (format!("{number}.json"), file.to_string()))
        .collect();
    verified(&files, keys).map_err(|failed| failed.to_string())
}

#[tokio::test]
async fn downloaded_proofs_and_checkpoints_are_verified_offline() {
    let world = world().await;
    let mut root = world.staff("root", BuiltInRole::RootAdmin).await;
    write(&world, &mut root, 3).await;
    let (first, early) = (root.get(CHECKPOINT).await.ok(), proof_of_newest(&root).await);
    let keys = keys(&first);
    write(&world, &mut root, 4).await;
    let proof = proof_of_newest(&root).await;
    let later = root.get(&format!("{CHECKPOINT}?from=3")).await.ok();

    let said = verify(&[&first, &early, &later, &proof], &keys).expect("everything holds");
    assert!(said.contains("number 2 of 3") && said.contains("number 6 of 7"), "{said}");
    assert!(said.contains("3.json: begins with the 3 entries of before"), "{said}");

    let unlinked = verify(&[&early, &proof], &keys).expect_err("nothing links them");
    assert!(unlinked.contains("checkpoint?from=3"), "{unlinked}");

    let changed = |file: &Value, change: &dyn Fn(&mut Value)| {
        let mut copy = file.clone();
        change(&mut copy);
        copy
    };
    for (file, part) in [
        (
            changed(&proof, &|file| {
                let leaf = file["leaf"].as_str().unwrap().replace("audit.exported", "audit.viewed");
                file["leaf"] = leaf.into();
            }),
            "the entry was changed",
        ),
        (changed(&proof, &|file| file["leafIndex"] = 5.into()), "not in the log"),
        (changed(&proof, &|file| file["id"] = early["id"].clone()), "is not the entry"),
        (
            changed(&proof, &|file| file["leafHash"] = early["leafHash"].clone()),
            "the entry was changed",
        ),
        (
            changed(&proof, &|file| {
                let note = file["checkpoint"].as_str().unwrap().replace("\n7\n", "\n8\n");
                file["checkpoint"] = note.into();
            }),
            "not signed",
        ),
        (Value::from("x"), "neither a proof nor a checkpoint"),
    ] {
        let said = verify(&[&file], &keys).expect_err(part);
        assert!(said.starts_with("1.json: ") && said.contains(part), "{said}");
    }
    let other = changed(&later, &|file| {
        file["consistency"]["hashes"][0] = proof["leafHash"].clone();
    });
    let said = verify(&[&first, &other], &keys).expect_err("another log");
    assert!(said.contains("does not begin with the 3 entries"), "{said}");
    let unknown: LogKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
        .parse()
        .expect("a key");
    assert!(verify(&[&first], &[unknown]).is_err());
}

/// All stored entries, oldest first.
async fn entries(world: &World) -> Vec<Item> {
    let store = world.app.store();
    let found = store
        .dynamo()
        .query()
        .table_name(&store.names().audit)
        .key_condition_expression("pk = :pk")
        .expression_attribute_values(":pk", s("MONTH#2026-11"))
        .send()
        .await
        .expect("the table responds");
    found.items().to_vec()
}

async fn put(world: &World, item: Item) {
    let store = world.app.store();
    let put = store.dynamo().put_item().table_name(&store.names().audit).set_item(Some(item));
    put.send().await.expect("the table responds");
}

async fn delete(world: &World, item: &Item) {
    let store = world.app.store();
    let keys = ["pk", "sk"].map(|name| (name.to_owned(), item[name].clone()));
    store
        .dynamo()
        .delete_item()
        .table_name(&store.names().audit)
        .set_key(Some(keys.into()))
        .send()
        .await
        .expect("the table responds");
}

#[tokio::test]
async fn every_change_of_the_log_is_named() {
    let world = world().await;
    let mut root = world.staff("root", BuiltInRole::RootAdmin).await;
    let empty = checked(&world.app).await.expect("an empty log");
    assert!(empty.contains("No checkpoint is signed yet"), "{empty}");
    write(&world, &mut root, 6).await;
    root.get(&format!("{LOGS}?format=csv")).await;
    let said = checked(&world.app).await.expect("nothing was changed");
    assert!(said.contains("6 entries, 6 of them") && said.contains("1 are too new"), "{said}");

    let stored = entries(&world).await;
    let fails = async |part: &str| {
        let said = checked(&world.app).await.expect_err(part).to_string();
        assert!(said.contains(part), "{said}");
    };
    for (index, entry) in stored.iter().enumerate().take(6) {
        let mut changed = entry.clone();
        changed.insert("action".to_owned(), s("audit.viewed"));
        put(&world, changed).await;
        fails(&format!("changed: number {index}, ")).await;
        delete(&world, entry).await;
        fails(&format!("removed: number {index}, ")).await;
        put(&world, entry.clone()).await;
    }
    let mut swapped = (stored[1].clone(), stored[2].clone());
    for name in ["pk", "sk"] {
        swapped.0.insert(name.to_owned(), stored[2][name].clone());
        swapped.1.insert(name.to_owned(), stored[1][name].clone());
    }
    put(&world, swapped.0).await;
    put(&world, swapped.1).await;
    fails("changed: number 1, ").await;
    for entry in &stored {
        put(&world, entry.clone()).await;
    }
    let mut inserted = stored[3].clone();
    let position = format!("{}X", inserted["sk"].as_s().expect("a key"));
    inserted.insert("sk".to_owned(), s(position));
    put(&world, inserted.clone()).await;
    fails("added later: ").await;
    delete(&world, &inserted).await;
    checked(&world.app).await.expect("everything is as it was");
}
