//! The API's description as the tests hold every answer to it: an operation refuses only with what
//! `openapi.json` names for it.

use std::{collections::BTreeMap, path::Path, sync::OnceLock};

use serde_json::Value;

use crate::Reply;

/// The operations' refusals: by method, status and code.
type Refusals = BTreeMap<String, BTreeMap<String, Vec<String>>>;

fn document() -> &'static matchit::Router<Refusals> {
    static READ: OnceLock<matchit::Router<Refusals>> = OnceLock::new();
    READ.get_or_init(|| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi.json");
        let document: Value =
            serde_json::from_slice(&std::fs::read(path).expect("openapi.json is there"))
                .expect("openapi.json is JSON");
        let mut router = matchit::Router::new();
        for (path, operations) in document["paths"].as_object().expect("paths") {
            let operations = operations.as_object().expect("operations").iter();
            router
                .insert(
                    path,
                    operations
                        .map(|(method, operation)| {
                            (method.to_uppercase(), refusals(&document, operation))
                        })
                        .collect(),
                )
                .expect("a path");
        }
        router
    })
}

fn refusals(document: &Value, operation: &Value) -> BTreeMap<String, Vec<String>> {
    let codes = |response: &Value| {
        let response = match response["$ref"].as_str() {
            Some(reference) => document
                .pointer(reference.trim_start_matches('#'))
                .expect("a response that there is"),
            None => response,
        };
        let codes =
            response.pointer("/content/application~1problem+json/schema/properties/code/enum")?;
        Some(codes.as_array()?.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    };
    let responses = operation["responses"].as_object().expect("responses");
    responses
        .iter()
        .filter_map(|(status, response)| Some((status.clone(), codes(response)?)))
        .collect()
}

/// Demands that the description names this refusal. Paths and methods that nobody answers are no
/// operations.
pub(crate) fn check(method: &str, path: &str, reply: &Reply) {
    let status = reply.status.as_u16();
    if status < 400 || status == 405 {
        return;
    }
    let path = path.split('?').next().unwrap_or_default();
    let Ok(found) = document().at(path) else { return };
    let Some(refusals) = found.value.get(method) else { return };
    let code = reply.code();
    // What the gateway itself answers, such as for a function that a test did not mount, is no
    // operation's.
    if code.is_empty() && reply.json()["message"].is_string() {
        return;
    }
    // A person with a browser sees a page, which has no code.
    let known = refusals
        .get(&status.to_string())
        .is_some_and(|codes| code.is_empty() || codes.contains(&code));
    assert!(
        known,
        "{method} {path} answered {status} {code}, which openapi.json does not name for it: add the code to the row's `.errors(&[…])`, and write the document anew with BLESS=1 cargo test -p provost-tests. The answer: {}",
        reply.text()
    );
}
