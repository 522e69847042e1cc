//! Events ↔ functions: each function has realistic events under `events/`, and each is replayed.

use std::{collections::BTreeSet, path::PathBuf, time::Duration};

use serde_json::Value;

fn stories() -> Vec<(String, String, PathBuf)> {
    let mut stories = Vec::new();
    for function in std::fs::read_dir(crate::project().join("events")).expect("events/").flatten() {
        for story in
            std::fs::read_dir(function.path()).expect("a folder for each function").flatten()
        {
            let name = story
                .path()
                .file_stem()
                .map(|stem| stem.to_string_lossy().into_owned())
                .unwrap_or_default();
            stories.push((function.file_name().to_string_lossy().into_owned(), name, story.path()));
        }
    }
    stories.sort();
    stories
}

#[test]
fn every_function_has_an_event() {
    let told: BTreeSet<_> = stories().into_iter().map(|(function, _, _)| function).collect();
    let functions: BTreeSet<_> = provost_testkit::world::infrastructure()
        .functions
        .iter()
        .map(|function| function.name.clone())
        .collect();
    assert_eq!(
        told, functions,
        "add an event as events/<function>/<story>.json, in the form that AWS documents for its trigger"
    );
}

#[tokio::test]
async fn every_event_gets_a_response_in_the_form_of_its_trigger() {
    for (function, story, path) in stories() {
        let world = crate::world().await;
        let file: Value = serde_json::from_slice(&std::fs::read(&path).expect("an event"))
            .unwrap_or_else(|error| panic!("{} is not JSON: {error}", path.display()));
        let (event, expected) = (file["event"].clone(), &file["expect"]);
        let mounted = provost::functions(&world.app)
            .into_iter()
            .find(|mounted| mounted.name == function)
            .unwrap_or_else(|| panic!("{function} is not mounted"));
        let answer = mounted
            .call(event, Duration::from_secs(60))
            .await
            .unwrap_or_else(|error| panic!("{function}/{story} failed: {error}"));
        for (pointer, wanted) in expected
            .as_object()
            .unwrap_or_else(|| panic!("{function}/{story} lists its expectations by JSON pointer"))
        {
            assert_eq!(
                answer.pointer(pointer).unwrap_or(&Value::Null),
                wanted,
                "{function}/{story} at {pointer}: {answer}"
            );
        }
        world.settle().await;
        if story == "batch-with-poison" {
            world.leaves(
                function.trim_end_matches("-worker"),
                "an unreadable message goes to the dead-letter queue at once",
            );
        }
    }
}
