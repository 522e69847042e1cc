//! Records the requests of a story and their answers.

use provost_domain::time::SECOND;
use provost_http::examples::{
    Example, ExampleRequest, ExampleResponse, Examples, JSON, is_recorded,
};
use provost_testkit::{Reply, World};
use serde_json::{Value, json};

use super::stable::Stable;
use crate::story::{Observer, Sent};

/// Records the first request to each operation.
#[derive(Default)]
pub struct Recorder {
    examples: Examples,
    stable: Stable,
}

impl Observer for Recorder {
    /// A second passes between two requests, so that lists have an order.
    fn before(&mut self, world: &World) {
        world.advance(SECOND);
    }

    fn after(&mut self, _: &World, sent: Sent, reply: &Reply) {
        let Sent { operation, request, .. } = sent;
        if self.examples.get(&operation).is_some() {
            return;
        }
        let example = Example {
            request: ExampleRequest {
                path: self.stable.members(request.path),
                headers: self.stable.headers(request.headers),
                body: request.body.map(|body| self.stable.value("", body)),
                ..request
            },
            response: Some(self.response(reply)),
        };
        self.examples.0.insert(operation, example);
    }
}

impl Recorder {
    fn response(&mut self, reply: &Reply) -> ExampleResponse {
        let recorded = reply.headers.iter().filter(|(name, _)| is_recorded(name));
        let headers = recorded
            .map(|(name, value)| (name.to_string(), value.to_str().expect("a text").to_owned()));
        let headers = self.stable.headers(headers.collect());
        let media = reply.header("content-type");
        let body = match serde_json::from_slice::<Value>(&reply.body) {
            // The description would contain itself.
            Ok(body) if body.get("paths").is_some() => Some(
                json!({ "openapi": body["openapi"], "info": { "title": body["info"]["title"] } }),
            ),
            Ok(body) if media.contains("json") => Some(self.stable.value("", body)),
            _ if reply.body.is_empty() => None,
            _ => Some(self.stable.text(&media, &reply.text()).into()),
        };
        let content_type = Some(media).filter(|media| media != JSON && body.is_some());
        ExampleResponse { status: reply.status.as_u16(), headers, content_type, body }
    }

    /// The examples.
    pub fn finish(self) -> Examples {
        self.examples
    }
}
