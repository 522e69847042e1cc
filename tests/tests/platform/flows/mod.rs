//! Long flows over HTTP, as a client would perform them.

mod a_ban_that_ends;
mod a_persons_life;
mod an_organisations_life;
mod conflicts;
mod deletion;
mod last_root;
pub mod logs;
mod main_job;
mod request_ids;
mod second_factor;
mod staff_day;
mod staff_reference;

use std::io::Cursor;

use bytes::Bytes;
use provost_domain::time::{HOUR, MINUTE};
use provost_testkit::World;

/// The latest email of a template to a user, as it was sent.
pub async fn email_text(world: &World, user: &str, template: &str) -> String {
    world.settle().await;
    let store = world.app.store();
    let table = &store.names().accounts;
    let (keys, _) =
        store.keys_of(table, &format!("USER#{user}"), None).await.expect("the table responds");
    let emails = keys.into_iter().filter(|key| key.sk.starts_with("MAIL#")).collect();
    let mut emails = store.batch_get(table, emails, true).await.expect("the table responds");
    let text = |item: &provost_store::item::Item, name: &str| {
        item.get(name).and_then(|value| value.as_s().ok().cloned()).unwrap_or_default()
    };
    emails.retain(|item| text(item, "template") == template);
    emails.sort_by_key(|item| text(item, "sk"));
    text(emails.last().unwrap_or_else(|| panic!("no email {template}")), "body")
}

/// The token of the link in an email.
pub fn token(letter: &str) -> String {
    let link = letter
        .split_whitespace()
        .find(|word| word.starts_with("https://"))
        .unwrap_or_else(|| panic!("no link in {letter}"));
    link.rsplit(['=', '/']).next().expect("the last part").to_owned()
}

/// Runs one of the scheduler's jobs, and everything that follows from it.
pub async fn strike(world: &World, job: &str) {
    let event = serde_json::json!({ "job": job });
    world
        .runner
        .fire("scheduler", Some(event))
        .await
        .expect("the scheduler is mounted")
        .expect("the scheduler succeeds");
    world.settle().await;
}

/// Merges the changes of the user index, and an hour later removes the objects before: after that
/// nothing of an erased user is left.
pub async fn tidy_index(world: &World) {
    for _ in 0..2 {
        let event = serde_json::json!({ "job": "compact" });
        let fired = world.runner.fire("index-worker", Some(event)).await;
        fired.expect("the worker is mounted").expect("the worker succeeds");
        world.advance(HOUR + MINUTE);
    }
}

/// An image, as a camera would send it.
pub fn png() -> Bytes {
    let mut file = Cursor::new(Vec::new());
    let picture = image::RgbImage::from_pixel(300, 200, image::Rgb([10, 20, 200]));
    picture.write_to(&mut file, image::ImageFormat::Png).expect("an image");
    file.into_inner().into()
}

/// Every item and every object that still contains one of these words. Only a test may scan.
pub async fn leftovers(world: &World, words: &[&str]) -> Vec<String> {
    let mut left = Vec::new();
    let dynamo = world.emulators.dynamodb();
    for table in &world.infrastructure().tables {
        let mut pages = dynamo
            .scan()
            .table_name(world.emulators.name(&table.name))
            .into_paginator()
            .items()
            .send();
        while let Some(item) = pages.next().await {
            let text = format!("{:?}", item.expect("the table responds")).to_lowercase();
            left.extend(
                words
                    .iter()
                    .filter(|word| holds(&text, &word.to_lowercase()))
                    .map(|word| format!("{} holds {word}: {text}", table.name)),
            );
        }
    }
    let s3 = world.emulators.s3();
    for bucket in &world.infrastructure().buckets {
        let name = world.emulators.name(&bucket.name);
        let listed = s3.list_objects_v2().bucket(&name).send().await.expect("the bucket responds");
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
            left.extend(
                words
                    .iter()
                    .filter(|word| holds(&text, &word.to_lowercase()))
                    .map(|word| format!("{name}/{key} holds {word}")),
            );
        }
    }
    left
}

/// Whether a text contains a word on its own: base64 and digests contain every three letters
/// somewhere.
fn holds(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        edge(text[..at].chars().next_back()) && edge(text[at + word.len()..].chars().next())
    })
}
