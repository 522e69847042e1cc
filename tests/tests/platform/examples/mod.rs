//! Examples ↔ the running platform: the answers in `functions/*/examples.json` are those of the
//! real routers.

mod recorder;
mod stable;

use std::{collections::BTreeMap, fmt::Write};

use provost_http::examples::{Example, Examples};
use tokio::sync::OnceCell;

use crate::{
    artefact,
    story::{self, Story},
};

/// Sends every example in a new world and records the answers.
async fn record() -> Examples {
    let world = crate::world().await;
    let mut recorder = recorder::Recorder::default();
    Story::tell(&world, &mut recorder).await;
    recorder.finish()
}

/// The examples: the committed ones, or the recorded ones while `BLESS=1` rewrites them.
pub async fn current() -> Examples {
    static RECORDED: OnceCell<Examples> = OnceCell::const_new();
    if !artefact::blessing() {
        return story::committed();
    }
    RECORDED.get_or_init(record).await.clone()
}

/// The text of a function's file.
fn file(function: &str, examples: &Examples) -> String {
    let mut text = String::from("{\n");
    let of_function = story::operations().into_iter().filter(|(name, ..)| *name == function);
    let mut entries = of_function
        .filter_map(|(_, operation, ..)| Some((examples.get(&operation)?.clone(), operation)))
        .peekable();
    while let Some((example, operation)) = entries.next() {
        let one = BTreeMap::from([(operation, example)]);
        let one = serde_json::to_string_pretty(&one).expect("an example");
        let one = one.trim_start_matches("{\n").trim_end_matches("\n}");
        let _ = writeln!(text, "{one}{}", if entries.peek().is_some() { "," } else { "" });
    }
    text + "}\n"
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_answers_its_example_as_recorded() {
    let examples = if artefact::blessing() { current().await } else { record().await };
    let committed = story::committed();
    for (function, operation, method, path) in story::operations() {
        let hint = format!(
            "{method} {path}: write a valid request as \"{operation}\" into {}, send it in tests/tests/platform/story, and run BLESS=1 cargo test -p provost-tests",
            Examples::file(function)
        );
        let Example { response, .. } =
            examples.get(&operation).unwrap_or_else(|| panic!("no story sends {hint}"));
        assert!(response.is_some(), "no example of {hint}");
        assert!(
            artefact::blessing() || committed.get(&operation).is_some(),
            "no example of {hint}"
        );
    }
    for operation in committed.0.keys() {
        assert!(
            examples.get(operation).is_some(),
            "{operation} has an example, but is no operation: remove it"
        );
    }
    for table in crate::api_tables() {
        artefact::compare(&Examples::file(table.function), &file(table.function, &examples));
    }
}
