//! The OpenAPI 3.1 document, made from the tables of routes and the handlers' own types.

use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use crate::{
    problem,
    routes::{Route, Routes},
};

/// The document of these functions.
pub fn document(functions: &[Routes]) -> Value {
    let mut generator =
        SchemaSettings::draft2020_12().with(|settings| settings.definitions_path = "/components/schemas".into()).into_generator();
    let mut paths: Map<String, Value> = Map::new();
    for function in functions {
        for route in &function.rows {
            let operation = operation(function.function, route, &mut generator);
            let entry = paths.entry(route.path.to_owned()).or_insert_with(|| json!({}));
            entry[route.method.as_str().to_lowercase()] = operation;
        }
    }
    paths.sort_keys();
    let mut schemas: Map<String, Value> = generator.take_definitions(true).into_iter().collect();
    schemas.insert("Problem".to_owned(), problem::schema());
    schemas.sort_keys();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Provost", "version": env!("CARGO_PKG_VERSION"), "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "description": "The backend for the people who look after a platform's users.\n\nSign in at `POST /api/sessions/login` and send the access token as `Authorization: Bearer …`; programs send an API key in the same place. \
    Every refusal is a problem (RFC 9457) with a stable `code`. Lists are paged by `page` or `cursor`, with exact totals. A `POST` that creates or starts something honours `Idempotency-Key` for 24 hours. \
    Times are RFC 3339 in UTC, sizes are bytes.",
        },
        "servers": [{"url": "/"}],
        "tags": functions.iter().map(|function| json!({"name": function.function})).collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "description": "An access token of ten minutes, or an API key (`prv_…`)."}},
        },
    })
}

fn operation(tag: &str, route: &Route, generator: &mut SchemaGenerator) -> Value {
    let (input, reply) = route.describe(generator);
    let mut parameters: Vec<Value> = path_parameters(route.path);
    if let Some(properties) = input.query.as_ref().and_then(|schema| schema.get("properties")).and_then(Value::as_object) {
        for (name, schema) in properties {
            let mut schema = schema.clone();
            let description = schema.as_object_mut().and_then(|schema| schema.remove("description"));
            let mut parameter = json!({"name": name, "in": "query", "required": false, "schema": nullable_off(schema)});
            if let Some(description) = description {
                parameter["description"] = description;
            }
            parameters.push(parameter);
        }
    }
    let mut success = json!({"description": reply.description});
    if let Some((media, schema)) = reply.content {
        success["content"] = json!({media: {"schema": schema}});
    }
    if !reply.headers.is_empty() {
        success["headers"] =
            reply.headers.iter().map(|name| ((*name).to_owned(), json!({"schema": {"type": "string"}}))).collect::<Map<_, _>>().into();
    }
    let problem = json!({"description": "Refused; see `code`.", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}});
    let mut responses = Map::new();
    responses.insert(reply.status.to_string(), success);
    responses.insert("4XX".to_owned(), problem.clone());
    responses.insert("503".to_owned(), problem);
    let mut operation = json!({
        "operationId": route.operation, "tags": [tag], "summary": route.about,
        "description": format!("Access: {}. Effect: {}.", route.access, route.effect.as_str()),
        "parameters": parameters, "responses": responses,
    });
    if let Some(schema) = input.body {
        let media = if input.media.is_empty() { &["application/json"][..] } else { input.media };
        let content: Map<_, _> = media.iter().map(|media| ((*media).to_owned(), json!({"schema": schema}))).collect();
        operation["requestBody"] = json!({"required": false, "content": content});
    }
    operation["security"] = if route.access.starts_with("public") { json!([]) } else { json!([{"bearer": []}]) };
    operation
}

fn path_parameters(path: &str) -> Vec<Value> {
    path.split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
        .collect()
}

/// A parameter that is not sent is absent, never null.
fn nullable_off(mut schema: Value) -> Value {
    if let Some(kinds) = schema.get("type").and_then(Value::as_array) {
        let kinds: Vec<Value> = kinds.iter().filter(|kind| *kind != "null").cloned().collect();
        if let [only] = kinds.as_slice() {
            schema["type"] = only.clone();
        }
    }
    if let Some(variants) = schema.get("anyOf").and_then(Value::as_array) {
        let variants: Vec<Value> =
            variants.iter().filter(|variant| variant.get("type").is_none_or(|kind| kind != "null")).cloned().collect();
        if let [only] = variants.as_slice() {
            return only.clone();
        }
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        schema["enum"] = values.iter().filter(|value| !value.is_null()).cloned().collect();
    }
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("default");
    }
    schema
}
