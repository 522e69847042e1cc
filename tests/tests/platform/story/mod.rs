//! The story: one valid request to every operation, in an order in which each finds what it needs.
//! The bodies and queries are those of `functions/*/examples.json`. The meter counts what each
//! request costs, and the recorder records the answers.

mod access;
mod account;
mod directory;
mod organisation;
mod staff;

use std::{
    collections::BTreeMap,
    future::{Future, IntoFuture},
    pin::Pin,
};

use ::base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::Method;
use provost_domain::BuiltInRole;
use provost_http::examples::{Example, ExampleRequest, Examples, JSON};
use provost_testkit::{Reply, Someone, World};
use serde_json::{Map, Value};

/// A request as it was sent.
pub struct Sent {
    /// The operation id.
    pub operation: String,
    /// Method and path of the route.
    pub route: String,
    /// What differs from other requests to the operation; empty for most.
    pub variant: &'static str,
    /// The request.
    pub request: ExampleRequest,
}

/// What sees the requests of a story.
pub trait Observer {
    /// Query parameters of examples that are not sent.
    fn omits(&self) -> &'static [&'static str] {
        &[]
    }
    /// A request is about to be sent.
    fn before(&mut self, world: &World);
    /// An answer has come.
    fn after(&mut self, world: &World, sent: Sent, reply: &Reply);
}

/// The operations by id, each with its method and path, in the order of the route tables.
pub fn operations() -> Vec<(&'static str, String, Method, &'static str)> {
    let of = |function: provost_http::Routes| {
        let name = function.function;
        let rows = function.rows.into_iter();
        rows.map(move |row| (name, row.operation_id(), row.method.clone(), row.path))
    };
    crate::api_tables().into_iter().flat_map(of).collect()
}

/// The committed examples.
pub fn committed() -> Examples {
    Examples::read(&crate::project(), crate::api_tables().iter().map(|table| table.function))
        .unwrap_or_else(|cause| panic!("{cause}"))
}

/// A story in a world.
pub struct Story<'w, 'o> {
    /// The world.
    pub world: &'w World,
    examples: Examples,
    routes: BTreeMap<String, (Method, &'static str)>,
    observer: &'o mut (dyn Observer + Send),
}

impl<'w, 'o> Story<'w, 'o> {
    /// Sends all requests.
    pub async fn tell(world: &'w World, observer: &'o mut (dyn Observer + Send)) {
        let routes = operations().into_iter().map(|(_, id, method, path)| (id, (method, path)));
        let mut story = Self { world, examples: committed(), routes: routes.collect(), observer };
        let root = world.staff("Root", BuiltInRole::RootAdmin).await;
        account::live(&mut story).await;
        organisation::live(&mut story, &root).await;
        access::live(&mut story, &root).await;
        staff::live(&mut story, &root).await;
        directory::live(&mut story, &root).await;
    }

    /// A request to an operation, from somebody.
    pub fn send<'s>(
        &'s mut self,
        operation: &'static str,
        who: &Someone<'w>,
    ) -> Sending<'s, 'w, 'o> {
        let (method, path) = self
            .routes
            .get(operation)
            .cloned()
            .unwrap_or_else(|| panic!("no operation is called {operation}"));
        let Example { request, .. } = self.examples.get(operation).cloned().unwrap_or_default();
        let sent = Sent {
            operation: operation.to_owned(),
            route: format!("{method} {path}"),
            variant: "",
            request: ExampleRequest { path: Map::new(), ..request },
        };
        Sending {
            story: self,
            who: who.clone(),
            method,
            path: path.to_owned(),
            other_query: false,
            sent,
        }
    }
}

/// A request that is sent when it is awaited.
pub struct Sending<'s, 'w, 'o> {
    story: &'s mut Story<'w, 'o>,
    who: Someone<'w>,
    method: Method,
    path: String,
    /// Whether the query is not that of the example.
    other_query: bool,
    sent: Sent,
}

impl<'s, 'w, 'o> Sending<'s, 'w, 'o> {
    /// The values of the path parameters, in order.
    pub fn to<const N: usize>(mut self, values: [&str; N]) -> Self {
        for value in values {
            let (begin, rest) = self.path.split_once('{').expect("a parameter for each value");
            let (name, end) = rest.split_once('}').expect("a parameter");
            self.sent.request.path.insert(name.to_owned(), value.into());
            self.path = format!("{begin}{value}{end}");
        }
        self
    }

    /// Changes a field of the body.
    pub fn set(mut self, field: &str, value: impl Into<Value>) -> Self {
        let body = self.sent.request.body.get_or_insert_with(|| Map::new().into());
        body[field] = value.into();
        self
    }

    /// Sends another body.
    pub fn body(mut self, body: Value) -> Self {
        self.sent.request.body = Some(body);
        self
    }

    /// Sends another query.
    pub fn query<const N: usize>(mut self, parameters: [(&str, &str); N]) -> Self {
        self.other_query = true;
        self.sent.request.query =
            parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        self
    }

    /// Sends a header.
    pub fn header(mut self, name: &str, value: String) -> Self {
        self.sent.request.headers.insert(name.to_owned(), value);
        self
    }

    /// Names what differs from other requests to the same operation.
    pub fn variant(mut self, variant: &'static str) -> Self {
        self.sent.variant = variant;
        self
    }
}

impl<'s, 'w: 's, 'o: 's> IntoFuture for Sending<'s, 'w, 'o> {
    type Output = Value;
    type IntoFuture = Pin<Box<dyn Future<Output = Value> + Send + 's>>;

    /// Sends the request and returns the body, null if it is not JSON.
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let Self { story, mut who, method, mut path, other_query, sent } = self;
            assert!(!path.contains('{'), "{}: {path} lacks a value", sent.operation);
            let omitted = if other_query { &[] } else { story.observer.omits() };
            let query = sent.request.query_without(omitted);
            if !query.is_empty() {
                path = format!("{path}?{query}");
            }
            for (name, value) in &sent.request.headers {
                who = who.with_header(name, value);
            }
            let media = if sent.request.body.is_some() { sent.request.media() } else { "" };
            let body =
                sent.request.body.as_ref().map_or_else(Bytes::new, |body| bytes(media, body));
            story.observer.before(story.world);
            let reply = who.ask(method, &path, media, body).await;
            assert!(
                reply.status.is_success() || reply.status.is_redirection(),
                "{} returned {}: {}",
                sent.operation,
                reply.status,
                reply.text()
            );
            story.observer.after(story.world, sent, &reply);
            if reply.text().starts_with(['{', '[']) { reply.json() } else { Value::Null }
        })
    }
}

/// The bytes of an example's body.
pub fn bytes(media: &str, body: &Value) -> Bytes {
    if media == JSON {
        return body.to_string().into();
    }
    let text = body.as_str().expect("a body that is not JSON is base64");
    STANDARD.decode(text).expect("base64").into()
}

/// The id of a resource.
pub fn id(body: &Value) -> String {
    body["id"].as_str().unwrap_or_else(|| panic!("no id in {body}")).to_owned()
}

/// Uploads bytes as the answer of a registration says; returns the status.
pub async fn upload(instructions: &Value, bytes: &'static str) -> u16 {
    let url = instructions["url"].as_str().expect("a URL");
    let mut request = provost_testkit::http().put(url);
    for (name, value) in instructions["headers"].as_object().expect("headers") {
        // The client sets the length by itself.
        if name != "Content-Length" {
            request = request.header(name, value.as_str().expect("a text"));
        }
    }
    request.body(bytes).send().await.expect("the bucket responds").status().as_u16()
}
