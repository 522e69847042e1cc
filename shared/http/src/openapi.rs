//! The OpenAPI 3.1 document, generated from the route tables and the types of the handlers.

pub mod examples;

use std::collections::BTreeMap;

use http::Method;
use serde_json::{Map, Value, json};

pub use crate::route::schemas::Schemas;
use crate::{
    reply::{ReplyDoc, page_doc},
    route::Route,
    routes::Routes,
};
use examples::Examples;

/// The OpenAPI document of these functions, with their examples. `tags` describes each function, in
/// the order in which the document lists them.
pub fn document(functions: &[Routes], tags: &[(&str, &str)], examples: &Examples) -> Value {
    let (mut generators, mut refused) = (Schemas::new(), Map::new());
    let mut paths: Map<String, Value> = Map::new();
    for function in functions {
        for route in function.rows.iter().filter(|route| route.in_api) {
            let mut operation = operation(function.function, route, &mut generators, &mut refused);
            if let Some(example) = examples.get(&route.operation_id()) {
                examples::show(&mut operation, example);
            }
            let entry = paths.entry(route.path.to_owned()).or_insert_with(|| json!({}));
            entry[route.method.as_str().to_lowercase()] = operation;
        }
    }
    paths.sort_keys();
    refused.sort_keys();
    let mut paths = Value::Object(paths);
    let schemas = generators.finish(&mut paths);
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Provost", "version": env!("CARGO_PKG_VERSION"), "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "description": "A serverless back office for your users: user management, staff permissions, privacy requests (export and erasure) and a tamper-evident audit log.\n\nSign in at `POST /api/sessions/login` and send the access token as `Authorization: Bearer …`. Programs send an API key in the same header. \
    Every error is a problem (RFC 9457) with a stable `code`. Lists are paged by `page` or `cursor`, with exact totals. A `POST` that creates or starts something accepts an `Idempotency-Key`, which is valid for 24 hours. \
    Times are in UTC (RFC 3339), sizes in bytes.",
        },
        "servers": [{"url": "/"}],
        "tags": tags.iter().map(|(name, text)| json!({"name": name, "description": text})).collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": refused,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "description": "An access token, which is valid for ten minutes, or an API key (`prv_…`). Other services send a system key (`esk_…`)."}},
        },
    });
    list_values(&mut document);
    join_lines(&mut document);
    document
}

/// The members of a description, without its example, which is data.
fn described(members: &mut Map<String, Value>) -> impl Iterator<Item = (&String, &mut Value)> {
    members.iter_mut().filter(|(name, _)| *name != "example")
}

/// Turns a choice of described constants into one `enum`, which every generator of clients reads,
/// and lists the constants in its description.
fn list_values(value: &mut Value) {
    let members = match value {
        Value::Object(members) => members,
        Value::Array(items) => return items.iter_mut().for_each(list_values),
        _ => return,
    };
    described(members).for_each(|(_, member)| list_values(member));
    let Some(choices) = members.get("oneOf").and_then(Value::as_array) else { return };
    let (mut values, mut lines) = (Vec::new(), Vec::new());
    for choice in choices {
        if choice["type"] != "string" {
            return;
        }
        match (&choice["const"], choice["enum"].as_array()) {
            (Value::String(name), None) => {
                let text = choice["description"].as_str().unwrap_or_default().replace('\n', " ");
                lines.push(format!("- `{name}`: {text}"));
                values.push(name.clone().into());
            }
            (Value::Null, Some(names)) => values.extend(names.iter().cloned()),
            _ => return,
        }
    }
    let text = members.get("description").and_then(Value::as_str).unwrap_or_default();
    let text = format!("{text}\n\n{}", lines.join("\n\n"));
    members.remove("oneOf");
    members.insert("type".to_owned(), "string".into());
    members.insert("enum".to_owned(), values.into());
    members.insert("description".to_owned(), text.trim_start().into());
}

/// Joins the lines of each paragraph of a description: comments in code are wrapped, and viewers of
/// the document wrap by themselves.
fn join_lines(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in described(members) {
                match member {
                    Value::String(text) if name == "description" && text.contains('\n') => {
                        let paragraphs: Vec<_> =
                            text.split("\n\n").map(|lines| lines.replace('\n', " ")).collect();
                        *text = paragraphs.join("\n\n");
                    }
                    _ => join_lines(member),
                }
            }
        }
        Value::Array(members) => members.iter_mut().for_each(join_lines),
        _ => {}
    }
}

fn operation(
    tag: &str,
    route: &Route,
    schemas: &mut Schemas,
    refused: &mut Map<String, Value>,
) -> Value {
    let (input, reply) = route.describe(schemas);
    let mut parameters: Vec<Value> = path_parameters(route.path);
    if let Some(properties) =
        input.query.as_ref().and_then(|schema| schema.get("properties")).and_then(Value::as_object)
    {
        for (name, schema) in properties {
            let mut schema = schema.clone();
            let description =
                schema.as_object_mut().and_then(|schema| schema.remove("description"));
            let mut parameter = json!({"name": name, "in": "query", "required": false, "schema": nullable_off(schema)});
            if let Some(description) = description {
                parameter["description"] = description;
            }
            parameters.push(parameter);
        }
    }
    if route.method == Method::POST {
        parameters.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": false, "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
            "description": "A unique value of your choice, such as a UUID. A request that is repeated with it within 24 hours returns the first answer and changes nothing.",
        }));
    }
    parameters.extend(
        input.headers.iter().map(
            |(name, about)| json!({"name": name, "in": "header", "required": true, "schema": {"type": "string"}, "description": about}),
        ),
    );
    let mut responses = refusal_responses(route, &reply, refused);
    responses.insert(reply.status.to_string(), response(&reply));
    for other in &reply.instead {
        responses.insert(other.status.to_string(), response(other));
    }
    let (summary, details) =
        route.about.split_once(". ").unwrap_or((route.about.trim_end_matches('.'), ""));
    let rule = format!("Access: {}. Effect: {}.", route.access, route.effect.as_str());
    let mut operation = json!({
        "operationId": route.operation_id(), "tags": [tag], "summary": summary,
        "description": if details.is_empty() { rule } else { format!("{details}\n\n{rule}") },
        "parameters": parameters, "responses": responses,
    });
    if let Some(schema) = input.body {
        let media = if input.media.is_empty() { &["application/json"][..] } else { input.media };
        let mut content: Map<_, _> =
            media.iter().map(|media| ((*media).to_owned(), json!({"schema": schema}))).collect();
        if input.file {
            let form = json!({"type": "object", "required": ["file"], "additionalProperties": false, "properties": {"file": schema}});
            content.insert("multipart/form-data".to_owned(), json!({"schema": form}));
        }
        operation["requestBody"] = json!({"required": input.required, "content": content});
    }
    operation["security"] =
        if route.access.starts_with("public") { json!([]) } else { json!([{"bearer": []}]) };
    operation
}

fn response(reply: &ReplyDoc) -> Value {
    let mut response = json!({"description": reply.description});
    if !reply.content.is_empty() {
        response["content"] = reply
            .content
            .iter()
            .map(|(media, schema)| ((*media).to_owned(), json!({"schema": schema})))
            .collect::<Map<_, _>>()
            .into();
    }
    if !reply.headers.is_empty() {
        response["headers"] = reply
            .headers
            .iter()
            .map(|name| {
                ((*name).to_owned(), json!({"required": true, "schema": {"type": "string"}}))
            })
            .collect::<Map<_, _>>()
            .into();
    }
    response
}

/// The error responses of an operation by status. Many operations share one, so each is in
/// `components` once, under a name made of its codes.
fn refusal_responses(
    route: &Route,
    reply: &ReplyDoc,
    components: &mut Map<String, Value>,
) -> Map<String, Value> {
    let mut by_status: BTreeMap<u16, Vec<&'static str>> = BTreeMap::new();
    for code in route.codes() {
        by_status.entry(code.status()).or_default().push(code.as_str());
    }
    let mut response = |status: u16, codes: &[&'static str]| {
        let page = if reply.refuses_by_page { "-or-page" } else { "" };
        let name = format!("{status}-{}{page}", codes.join("-"));
        let reference = json!({"$ref": format!("#/components/responses/{name}")});
        components.entry(name).or_insert_with(|| refusal(codes, reply.refuses_by_page));
        reference
    };
    by_status
        .into_iter()
        .map(|(status, codes)| (status.to_string(), response(status, &codes)))
        .collect()
}

fn refusal(codes: &[&'static str], or_page: bool) -> Value {
    let description = format!(
        "Error codes: {}.",
        codes.iter().map(|code| format!("`{code}`")).collect::<Vec<_>>().join(", ")
    );
    let problem =
        json!({"$ref": "#/components/schemas/Problem", "properties": {"code": {"enum": codes}}});
    let mut content = json!({"application/problem+json": {"schema": problem}});
    if or_page {
        let (media, schema) = page_doc();
        content[media] = json!({"schema": schema});
    }
    json!({"description": description, "content": content})
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
        let variants: Vec<Value> = variants
            .iter()
            .filter(|variant| variant.get("type").is_none_or(|kind| kind != "null"))
            .cloned()
            .collect();
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

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;

    use super::*;

    #[derive(JsonSchema)]
    struct Choice {
        #[expect(dead_code, reason = "only its schema is of interest")]
        rule: Rule,
    }

    #[derive(serde::Serialize, serde::Deserialize, JsonSchema)]
    struct Rule {
        #[serde(default)]
        weight: u32,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        domains: Vec<String>,
    }

    #[derive(JsonSchema)]
    struct Same {
        #[expect(dead_code, reason = "only its schema is of interest")]
        id: String,
    }

    #[test]
    fn a_type_that_differs_between_request_and_response_has_two_schemas() {
        let mut schemas = Schemas::new();
        let mut paths = json!({
            "read": [schemas.inputs.subschema_for::<Choice>().to_value(), schemas.inputs.subschema_for::<Same>().to_value()],
            "written": [schemas.answers.subschema_for::<Choice>().to_value(), schemas.answers.subschema_for::<Same>().to_value()],
        });
        let schemas = schemas.finish(&mut paths);
        let names: Vec<&str> = schemas.keys().map(String::as_str).collect();
        assert_eq!(names, ["Choice", "ChoiceInput", "Problem", "Rule", "RuleInput", "Same"]);
        assert_eq!(
            schemas["Rule"]["required"],
            json!(["weight"]),
            "fields that are always present are required in a response"
        );
        assert_eq!(
            schemas["RuleInput"]["required"],
            json!(["domains"]),
            "fields with a default are optional in a request"
        );
        assert_eq!(
            schemas["ChoiceInput"]["properties"]["rule"]["$ref"],
            "#/components/schemas/RuleInput"
        );
        assert_eq!(paths["read"][0]["$ref"], "#/components/schemas/ChoiceInput");
        assert_eq!(
            (&paths["read"][1], &paths["written"][0]["$ref"]),
            (&json!({"$ref": "#/components/schemas/Same"}), &json!("#/components/schemas/Choice"))
        );
    }
}
