//! The token of a link is only in the link: no table and no log contains it.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use provost_auth::secret;
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

// The subscriber is global, so it also captures the logs of all other tests in this binary.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_table_and_no_log_holds_a_token_a_password_or_a_signature() {
    let log = Log::default();
    tracing_subscriber::fmt()
        .json()
        .with_writer(log.clone())
        .with_max_level(tracing_subscriber::filter::LevelFilter::INFO)
        .try_init()
        .unwrap();
    let world = world().await;
    let shared = shared(&world).await;
    let (plain, locked) = (
        shared.link(json!({ "maxDownloads": 2 })).await,
        shared.link(json!({ "password": "Correct-Horse-7" })).await,
    );
    for path in [&plain.path, &locked.path] {
        world.anyone().get(path).await.status(200);
        browser(&world).get(path).await.status(200);
        world.anyone().post(path, json!({})).await;
        world.anyone().post(path, json!({ "password": "Wrong-Horse-7" })).await;
        world.anyone().post(path, json!({ "password": "Correct-Horse-7" })).await;
    }
    shared.revoke(&plain).await;
    world.anyone().post(&plain.path, json!({})).await.is(410, "LINK_REVOKED");
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("POST /share/{token}"), "the log was not captured");
    let tokens =
        [&plain.path, &locked.path].map(|path| path.rsplit('/').next().unwrap().to_owned());
    let words = [
        tokens[0].as_str(),
        tokens[1].as_str(),
        "Correct-Horse-7",
        "Wrong-Horse-7",
        "X-Amz-Signature",
        "AGE-SECRET-KEY",
    ];
    for word in words {
        assert!(!logged.contains(word), "the log contains {word}");
    }
    let dynamo = world.emulators.dynamodb();
    for table in &world.infrastructure().tables {
        let all = format!(
            "{:?}",
            dynamo
                .scan()
                .table_name(world.emulators.name(&table.name))
                .send()
                .await
                .unwrap()
                .items()
        );
        for word in words {
            assert!(!all.contains(word), "{} contains {word}", table.name);
        }
    }
}

#[test]
fn tokens_are_unique_and_uniformly_distributed() {
    const TOKENS: usize = 1_000_000;
    let mut seen = std::collections::HashSet::with_capacity(TOKENS);
    let mut counts = [0_u32; 256];
    for _ in 0..TOKENS {
        let token = secret::token().unwrap();
        for byte in token.bytes().take(42) {
            counts[usize::from(byte)] += 1;
        }
        let mut short = [0; 16];
        short.copy_from_slice(&token.as_bytes()[..16]);
        assert!(seen.insert(short), "two tokens have the same prefix");
    }
    // 64 characters are equally likely: 63 degrees of freedom.
    let expected = (TOKENS * 42) as f64 / 64.0;
    let used: Vec<_> = counts.iter().filter(|count| **count > 0).collect();
    let chi: f64 =
        used.iter().map(|count| (f64::from(**count) - expected).powi(2) / expected).sum();
    assert_eq!(used.len(), 64);
    // More than 160 happens by chance once in a few hundred million times.
    assert!(chi < 160.0, "chi-square {chi}");
}
