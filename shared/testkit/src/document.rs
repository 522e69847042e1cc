//! The API description as a test oracle: an operation may only return the errors that
//! `openapi.json` lists.

use std::{collections::BTreeMap, path::Path, sync::OnceLock};

use serde_json::Value;

use crate::Reply;

/// The errors of the operations: by method, status and code.
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
            Some(reference) => {
                document.pointer(reference.trim_start_matches('#')).expect("an existing response")
            }
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

/// Checks that the API description lists this error. Unknown paths and methods are not operations.
pub(crate) fn check(method: &str, path: &str, reply: &Reply) {
    let status = reply.status.as_u16();
    if status < 400 || status == 405 {
        return;
    }
    let path = path.split('?').next().unwrap_or_default();
    let Ok(found) = document().at(path) else { return };
    let Some(refusals) = found.value.get(method) else { return };
    let code = reply.code();
    // A response of the gateway itself, such as for a function that the test did not mount, belongs
    // to no operation.
    if code.is_empty() && reply.json()["message"].is_string() {
        return;
    }
    // A browser gets a page, which has no code.
    let known = refusals
        .get(&status.to_string())
        .is_some_and(|codes| code.is_empty() || codes.contains(&code));
    assert!(
        known,
        "{method} {path} returned {status} {code}, which openapi.json does not list for it: add the code to the route's `.errors(&[…])`, and regenerate the description with BLESS=1 cargo test -p provost-tests. The response: {}",
        reply.text()
    );
}
