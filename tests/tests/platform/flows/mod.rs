//! Long stories over HTTP, told as a client would live them.

mod logs;
mod main_job;

use provost_testkit::World;

/// Every item and every object in which one of these words still stands. Only a test may scan.
pub async fn leftovers(world: &World, words: &[&str]) -> Vec<String> {
    let mut left = Vec::new();
    let dynamo = world.emulators.dynamodb();
    for table in &world.infrastructure().tables {
        let mut pages = dynamo.scan().table_name(world.emulators.name(&table.name)).into_paginator().items().send();
        while let Some(item) = pages.next().await {
            let text = format!("{:?}", item.expect("the table answers")).to_lowercase();
            left.extend(
                words.iter().filter(|word| holds(&text, &word.to_lowercase())).map(|word| format!("{} holds {word}: {text}", table.name)),
            );
        }
    }
    let s3 = world.emulators.s3();
    for bucket in &world.infrastructure().buckets {
        let name = world.emulators.name(&bucket.name);
        let listed = s3.list_objects_v2().bucket(&name).send().await.expect("the bucket answers");
        for object in listed.contents() {
            let key = object.key().unwrap_or_default().to_owned();
            let body = s3
                .get_object()
                .bucket(&name)
                .key(&key)
                .send()
                .await
                .expect("the object")
                .body
                .collect()
                .await
                .expect("its bytes")
                .into_bytes();
            let text = format!("{key} {}", String::from_utf8_lossy(&body)).to_lowercase();
            left.extend(words.iter().filter(|word| holds(&text, &word.to_lowercase())).map(|word| format!("{name}/{key} holds {word}")));
        }
    }
    left
}

/// Whether a word stands in a text by itself: base64 and digests hold every three letters somewhere.
fn holds(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        edge(text[..at].chars().next_back()) && edge(text[at + word.len()..].chars().next())
    })
}
