//! Secrets that staff enter are in no answer, log, audit entry, message or table.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::*;

/// Collects all log output.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

const CANARIES: [&str; 4] =
    ["CANARYKEYID0001", "canary-secret-0001", "canary-token-0001", "canary-password-0001"];

// The subscriber is global, so it also captures the logs of all other tests in this binary.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_table_or_log_holds_a_secret_that_staff_entered() {
    let log = Log::default();
    tracing_subscriber::fmt()
        .json()
        .with_writer(log.clone())
        .with_max_level(tracing_subscriber::filter::LevelFilter::INFO)
        .try_init()
        .unwrap();
    let world = world().await;
    let root = root(&world).await;
    let body =
        with(elsewhere(), json!({ "accessKeyId": CANARIES[0], "secretAccessKey": CANARIES[1] }));
    let repeated = root.with_header("idempotency-key", "0001");
    let mut answers = vec![repeated.post(BUCKETS, body.clone()).await];
    let created = answers[0].status(201);
    answers.push(repeated.post(BUCKETS, body.clone()).await);
    answers.push(root.put(&path(&created), with(body.clone(), json!({ "name": "Other" }))).await);
    answers.push(root.put(&path(&created), with(body.clone(), json!({ "region": "a b" }))).await);
    answers.push(root.post(&format!("{}/test", path(&created)), json!({})).await);
    let mut test = body;
    test.as_object_mut().unwrap().remove("name");
    answers.push(root.post("/api/admin/storage/test", test).await);
    answers.push(root.get(BUCKETS).await);
    let github = json!({ "integration": "github", "credentials": { "pat": CANARIES[2] } });
    answers.push(root.post("/api/admin/integrations/test", github).await);
    let smtp =
        json!({ "host": "mail.example.net", "port": "465", "user": "u", "password": CANARIES[3] });
    let smtp = json!({ "integration": "smtp", "credentials": smtp });
    answers.push(root.post("/api/admin/integrations/test", smtp).await);
    answers.push(root.delete(&path(&created)).await);
    let mut places: Vec<String> = answers.iter().map(provost_testkit::Reply::text).collect();
    let names = world.app.store().names();
    for table in [&names.catalogue, &names.operations, &names.audit, &names.accounts] {
        places.extend(items(&world, table).await);
    }
    places.push(String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned());
    for (at, text) in places.iter().enumerate() {
        for canary in CANARIES {
            assert!(!text.contains(canary), "{canary} in place {at}: {text:.400}");
        }
    }
    assert!(places.last().unwrap().contains("answered 201"), "the log was captured");
}
