//! Examples of the operations: for each one valid request and the answer to it. They are in
//! `functions/*/examples.json`. The OpenAPI document shows them, and tests send them.

use std::{collections::BTreeMap, io, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD};
use http::header;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The media type of bodies that do not name another.
pub const JSON: &str = "application/json";
/// The media type of forms.
const FORM: &str = "application/x-www-form-urlencoded";

/// The examples of all operations, by operation id.
#[derive(Debug, Clone, Default)]
pub struct Examples(pub BTreeMap<String, Example>);

/// A request and its answer.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// The request. Tests fill in the path, and values that only exist at run time.
    #[serde(default, skip_serializing_if = "ExampleRequest::is_empty")]
    pub request: ExampleRequest,
    /// The recorded answer; none before the first recording.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<ExampleResponse>,
}

/// A valid request.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ExampleRequest {
    /// Values of the path parameters.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub path: Map<String, Value>,
    /// Query parameters.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub query: Map<String, Value>,
    /// Headers, other than the authorization and the type of the body.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Media type of the body; JSON by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// The body: JSON, or the base64 of a body of another type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
}

/// A recorded answer.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExampleResponse {
    /// The status.
    pub status: u16,
    /// Headers that the OpenAPI document describes, such as `Location`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Media type of the body; JSON by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// The body: JSON, or the text of a body of another type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
}

impl ExampleRequest {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The media type of the body.
    pub fn media(&self) -> &str {
        self.content_type.as_deref().unwrap_or(JSON)
    }

    /// The query string, without the parameters in `omitted`.
    pub fn query_without(&self, omitted: &[&str]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in &self.query {
            if !omitted.contains(&name.as_str()) {
                query.append_pair(name, &plain(value));
            }
        }
        query.finish()
    }
}

impl ExampleResponse {
    /// The media type of the body, without its parameters.
    pub fn media(&self) -> &str {
        let media = self.content_type.as_deref().unwrap_or(JSON);
        media.split(';').next().unwrap_or(media)
    }

    /// The example of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

impl Examples {
    /// The file of a function, from the project's folder.
    pub fn file(function: &str) -> String {
        format!("functions/{function}/examples.json")
    }

    /// Reads the files of these functions.
    ///
    /// # Errors
    /// If a file is missing, is no list of examples, or repeats an operation.
    pub fn read<'f>(
        project: &Path,
        functions: impl IntoIterator<Item = &'f str>,
    ) -> io::Result<Self> {
        let mut all = BTreeMap::new();
        for function in functions {
            let file = Self::file(function);
            let invalid = |cause: String| {
                io::Error::new(io::ErrorKind::InvalidData, format!("{file}: {cause}"))
            };
            let text =
                std::fs::read(project.join(&file)).map_err(|cause| invalid(cause.to_string()))?;
            let list: BTreeMap<String, Example> =
                serde_json::from_slice(&text).map_err(|cause| invalid(cause.to_string()))?;
            for (operation, example) in list {
                if all.insert(operation.clone(), example).is_some() {
                    return Err(invalid(format!("{operation} has an example in another file")));
                }
            }
        }
        Ok(Self(all))
    }

    /// The example of an operation.
    pub fn get(&self, operation: &str) -> Option<&Example> {
        self.0.get(operation)
    }
}

/// A value as a parameter: texts without quotes.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Adds an example to the description of its operation.
pub(crate) fn show(operation: &mut Value, example: &Example) {
    let Example { request, response } = example;
    for parameter in operation["parameters"].as_array_mut().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap_or_default().to_owned();
        let value = match parameter["in"].as_str() {
            Some("path") => request.path.get(&name).cloned(),
            Some("query") => request.query.get(&name).cloned(),
            _ if name == "Idempotency-Key" => Some(IDEMPOTENCY_KEY.into()),
            _ => request
                .headers
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(&name))
                .map(|(_, value)| value.clone().into()),
        };
        if let Some(value) = value {
            parameter["example"] = value;
        }
    }
    if let Some(body) = &request.body {
        place(operation.pointer_mut("/requestBody/content"), request.media(), body);
    }
    let Some(response) = response else { return };
    let described = operation["responses"].get_mut(response.status.to_string());
    let Some(described) = described else { return };
    if let Some(body) = &response.body {
        place(described.get_mut("content"), response.media(), body);
    }
    let headers = described.get_mut("headers").and_then(Value::as_object_mut);
    for (name, header) in headers.into_iter().flatten() {
        if let Some(value) = response.header(name) {
            header["example"] = value.into();
        }
    }
}

const IDEMPOTENCY_KEY: &str = "6f1c2d4e-8a0b-4c3d-9e5f-7a6b8c9d0e1f";

/// Puts the body into the media type's description. The example of a form is its fields, as its
/// schema is about these.
fn place(content: Option<&mut Value>, media: &str, body: &Value) {
    if let Some(described) = content.and_then(|content| content.get_mut(media)) {
        let fields = (media == FORM).then(|| fields(body)).flatten();
        described["example"] = fields.unwrap_or_else(|| body.clone());
    }
}

/// The fields of a form that is recorded as base64.
fn fields(body: &Value) -> Option<Value> {
    let form = STANDARD.decode(body.as_str()?).ok()?;
    let fields = form_urlencoded::parse(&form);
    Some(fields.map(|(name, value)| (name.into_owned(), Value::from(value.as_ref()))).collect())
}

/// Whether tests record a header of an answer.
pub fn is_recorded(name: &header::HeaderName) -> bool {
    [header::LOCATION, header::ETAG].contains(name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_example_is_shown_at_each_part_of_its_operation() {
        let mut operation = json!({
            "parameters": [
                {"name": "id", "in": "path"}, {"name": "limit", "in": "query"}, {"name": "page", "in": "query"},
                {"name": "Idempotency-Key", "in": "header"},
            ],
            "requestBody": {"content": {JSON: {}, "application/x-www-form-urlencoded": {}}},
            "responses": {"201": {"content": {JSON: {}}, "headers": {"Location": {}}}},
        });
        let example: Example = serde_json::from_value(json!({
            "request": {"path": {"id": "7"}, "query": {"limit": 2}, "body": {"name": "one"}},
            "response": {"status": 201, "headers": {"location": "/things/7"}, "body": {"id": "7"}},
        }))
        .expect("an example");
        show(&mut operation, &example);
        let at = |pointer: &str| operation.pointer(pointer).cloned().unwrap_or_default();
        assert_eq!(at("/parameters/0/example"), "7");
        assert_eq!(at("/parameters/1/example"), 2);
        assert_eq!(at("/parameters/2/example"), Value::Null, "the example does not use it");
        assert_eq!(at("/parameters/3/example"), IDEMPOTENCY_KEY);
        assert_eq!(at("/requestBody/content/application~1json/example"), json!({"name": "one"}));
        assert_eq!(at("/responses/201/content/application~1json/example"), json!({"id": "7"}));
        assert_eq!(at("/responses/201/headers/Location/example"), "/things/7");
        assert_eq!(example.request.query_without(&["limit"]), "");
    }

    #[test]
    fn the_example_of_a_form_is_its_fields() {
        let mut operation = json!({"requestBody": {"content": {FORM: {}}}, "responses": {}});
        let body = STANDARD.encode("List-Unsubscribe=One-Click");
        let request = json!({"contentType": FORM, "body": body});
        let example: Example = serde_json::from_value(json!({"request": request})).expect("valid");
        show(&mut operation, &example);
        let shown = &operation["requestBody"]["content"][FORM]["example"];
        assert_eq!(shown, &json!({"List-Unsubscribe": "One-Click"}));
    }
}
