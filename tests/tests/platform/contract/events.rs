//! Events ↔ functions: each function has realistic events under `events/`, and each is replayed.
//! Those of HTTP functions that are named for an operation are generated from its example, without
//! an access token, which would expire.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    time::{Duration, SystemTime},
};

use http::{Method, Request};
use provost_domain::Timestamp;
use provost_http::examples::Example;
use provost_local::{Api, Arrival, to_event};
use provost_testkit::world::BEGINNING;
use serde_json::{Map, Value, json};

use crate::{artefact, examples, story};

/// The operations of each HTTP function whose examples become events: the first that reads, and the
/// first that changes something.
fn chosen() -> Vec<(&'static str, String, Method, &'static str)> {
    let mut seen = BTreeSet::new();
    let operations = story::operations().into_iter();
    operations.filter(|(name, _, method, _)| seen.insert((*name, *method == Method::GET))).collect()
}

/// The event that API Gateway sends for an example.
fn event(api: &Api, method: &Method, path: &str, example: &Example) -> Value {
    let request = &example.request;
    let mut path = path.to_owned();
    for (name, value) in &request.path {
        path = path.replace(&format!("{{{name}}}"), value.as_str().expect("a text"));
    }
    let host = "a1b2c3d4e5.execute-api.eu-north-1.amazonaws.com";
    let mut sent = Request::builder()
        .method(method)
        .header("host", host)
        .header(
            "user-agent",
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        )
        .header("x-amzn-trace-id", "Root=1-691f3f00-0123456789abcdef01234567");
    for (name, value) in &request.headers {
        sent = sent.header(name, value);
    }
    let body = request.body.as_ref().map(|body| story::bytes(request.media(), body));
    if let Some(body) = &body {
        sent = sent.header("content-type", request.media()).header("content-length", body.len());
    }
    let query = request.query_without(&[]);
    let uri = if query.is_empty() { path.clone() } else { format!("{path}?{query}") };
    let (parts, ()) = sent.uri(uri).body(()).expect("a request").into_parts();
    let seconds = BEGINNING.parse::<Timestamp>().expect("a time").seconds();
    let arrival = Arrival {
        source: "198.51.100.7".parse().expect("an address"),
        time: SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.try_into().expect("after 1970")),
        request_id: "UbXFKj4WgAEMZ1g=".to_owned(),
    };
    let route = api.route(method.as_str(), &path).expect("a route of the template");
    let mut event =
        to_event(&parts, &body.unwrap_or_default(), &route, &arrival).expect("an event");
    // The local gateway has no account and no certificate.
    for (pointer, value) in [
        ("/requestContext/accountId", "123456789012"),
        ("/requestContext/apiId", "a1b2c3d4e5"),
        ("/requestContext/domainPrefix", "a1b2c3d4e5"),
        ("/headers/x-forwarded-port", "443"),
        ("/headers/x-forwarded-proto", "https"),
    ] {
        *event.pointer_mut(pointer).expect("a member of every event") = value.into();
    }
    event
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_events_of_http_functions_match_the_examples() {
    let examples = examples::current().await;
    let api =
        Api::new(&provost_testkit::world::infrastructure(), []).expect("the template's routes");
    for (function, operation, method, path) in chosen() {
        let Some(example) = examples.get(&operation) else { continue };
        let event = event(&api, &method, path, example);
        let world = crate::world().await;
        let answer = answer(&world, function, event.clone())
            .await
            .unwrap_or_else(|error| panic!("{function}/{operation} failed: {error}"));
        world.settle().await;
        let expected: Map<String, Value> = ["/statusCode", "/headers/content-type"]
            .into_iter()
            .filter_map(|pointer| Some((pointer.to_owned(), answer.pointer(pointer)?.clone())))
            .collect();
        let file = serde_json::to_string_pretty(&json!({ "event": event, "expect": expected }));
        let file = file.expect("JSON") + "\n";
        artefact::compare(&format!("events/{function}/{operation}.json"), &file);
    }
}

/// The answer of a function to an event.
async fn answer(
    world: &provost_testkit::World,
    function: &str,
    event: Value,
) -> Result<Value, String> {
    let mounted = provost::functions(&world.app)
        .into_iter()
        .find(|mounted| mounted.name == function)
        .unwrap_or_else(|| panic!("{function} is not mounted"));
    mounted.call(event, Duration::from_secs(60)).await
}

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
    let generated: BTreeSet<_> = chosen().into_iter().map(|(_, operation, ..)| operation).collect();
    for (function, story, path) in stories() {
        if generated.contains(&story) {
            continue;
        }
        let world = crate::world().await;
        let file: Value = serde_json::from_slice(&std::fs::read(&path).expect("an event"))
            .unwrap_or_else(|error| panic!("{} is not JSON: {error}", path.display()));
        let (event, expected) = (file["event"].clone(), &file["expect"]);
        let answer = answer(&world, &function, event)
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
