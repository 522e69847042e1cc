//! Input: query strings and bodies are parsed into types. Unknown, empty, repeated or malformed
//! input is rejected by name, and nothing is ignored silently.

pub mod avatar_upload;
mod errors;
mod json;
mod raw_query;
mod shape;
mod user_file;

use bytes::Bytes;
use http::{HeaderMap, header};
use provost_domain::{ApiError, Code, stored_enum::only_known};
use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde::de::DeserializeOwned;
use serde_json::Value;

use errors::{refuse, unknown_parameter};
use json::InvalidJson;
pub use raw_query::{QueryParameters, RawQuery};
pub use user_file::UserFileUpload;

/// Maximum size of a body, in bytes.
pub const MAX_BODY: usize = 1 << 20;

/// Media type of a form.
const FORM: &str = "application/x-www-form-urlencoded";

/// The source of a handler's inputs.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// The raw query string.
    pub query: String,
    /// The request's headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
    /// Whether the route is a page for browsers: unknown parameters are ignored, since mail
    /// programs and social networks add their own to every link.
    pub page: bool,
}

/// The part of the OpenAPI document about an input.
#[derive(Debug, Default)]
pub struct InputDoc {
    /// The schema of the query.
    pub query: Option<Value>,
    /// The schema of the body, and whether it is optional.
    pub body: Option<Value>,
    /// Media types of the body, if it is not JSON.
    pub media: &'static [&'static str],
    /// Whether the body may also be sent as the part `file` of a form.
    pub file: bool,
    /// Whether a body is required.
    pub required: bool,
    /// Required headers, each with its description.
    pub headers: &'static [(&'static str, &'static str)],
}

/// An input of a handler.
pub trait Input: Sized + Send {
    /// Reads the input.
    ///
    /// # Errors
    /// An error that names what is wrong.
    fn read(incoming: &Incoming) -> Result<Self, ApiError>;
    /// Whether the input reads the query string.
    const QUERY: bool;
    /// Whether the input reads the body.
    const BODY: bool = true;
    /// Maximum size of the body, in bytes.
    const MAX_SIZE: usize = MAX_BODY;
    /// What to do with a larger body, as a sentence; empty if there is no other way.
    const IF_LARGER: &'static str = "";
    /// Adds the input to the OpenAPI document.
    fn describe(generator: &mut SchemaGenerator, doc: &mut InputDoc);
}

/// The query string.
#[derive(Debug)]
pub struct Query<T>(pub T);

/// The body, as JSON.
#[derive(Debug)]
pub struct Body<T>(pub T);

/// The body, as JSON or a form.
#[derive(Debug)]
pub struct JsonOrForm<T>(pub T);

/// The body of a `DELETE`, or the same in the query, since proxies may drop the body.
#[derive(Debug)]
pub struct BodyOrQuery<T>(pub T);

/// The unchanged bytes of the body, as they were signed. Nothing is parsed here, since the
/// signature is not yet verified.
#[derive(Debug)]
pub struct Raw(pub Bytes);

/// The query string of a one-click request to unsubscribe (RFC 8058). Its body says nothing that the
/// URL does not, and mail providers send it as either kind of form, so any body is accepted.
#[derive(Debug)]
pub struct OneClick<T>(pub T);

impl<T: DeserializeOwned + JsonSchema + Send> Input for OneClick<T> {
    const QUERY: bool = true;
    fn read(incoming: &Incoming) -> Result<Self, ApiError> {
        Query::read(incoming).map(|Query(query)| Self(query))
    }
    fn describe(generator: &mut SchemaGenerator, doc: &mut InputDoc) {
        Query::<T>::describe(generator, doc);
        doc.body = Some(serde_json::json!({
            "type": "object",
            "description": "A one-click request to unsubscribe (RFC 8058). Not needed, and not read.",
            "properties": { "List-Unsubscribe": { "type": "string", "const": "One-Click" } },
        }));
        doc.media = &[FORM];
    }
}

impl Input for Raw {
    const QUERY: bool = false;
    fn read(incoming: &Incoming) -> Result<Self, ApiError> {
        Ok(Self(incoming.body.clone()))
    }
    fn describe(_: &mut SchemaGenerator, doc: &mut InputDoc) {
        doc.body = Some(serde_json::json!({
            "type": "object", "description": "A Stripe event.", "required": ["id", "type", "created", "data"],
            "properties": {
                "id": {"type": "string", "pattern": "^[A-Za-z0-9_]{1,255}$"}, "type": {"type": "string"}, "created": {"type": "integer"},
                "data": {"type": "object", "required": ["object"], "properties": {"object": {"type": "object"}}},
            },
        }));
        doc.required = true;
        doc.headers = &[(
            "Stripe-Signature",
            "`t=<seconds>,v1=<hex>`: HMAC-SHA-256 of `<seconds>.<body>` with the endpoint's secret, at most five minutes old.",
        )];
    }
}

impl<T: DeserializeOwned + JsonSchema + Send> Input for Query<T> {
    const QUERY: bool = true;
    const BODY: bool = false;
    fn read(incoming: &Incoming) -> Result<Self, ApiError> {
        read_query(&incoming.query, incoming.page).map(Self)
    }
    fn describe(generator: &mut SchemaGenerator, doc: &mut InputDoc) {
        doc.query = Some(inline::<T>(generator));
    }
}

impl<T: DeserializeOwned + JsonSchema + Send> Input for Body<T> {
    const QUERY: bool = false;
    fn read(incoming: &Incoming) -> Result<Self, ApiError> {
        read_body(incoming).map(Self)
    }
    fn describe(generator: &mut SchemaGenerator, doc: &mut InputDoc) {
        doc.body = Some(generator.subschema_for::<T>().to_value());
        doc.required = has_required::<T>();
    }
}

impl<T: DeserializeOwned + JsonSchema + Send> Input for JsonOrForm<T> {
    const QUERY: bool = false;
    fn read(incoming: &Incoming) -> Result<Self, ApiError> {
        if media_type(&incoming.headers) != FORM {
            return read_body(incoming).map(Self);
        }
        let text = std::str::from_utf8(&incoming.body)
            .ok()
            .filter(|text| is_utf8(text))
            .ok_or_else(malformed)?;
        // An empty password field of a form means no password.
        let given: Vec<_> = form_urlencoded::parse(text.as_bytes())
            .filter(|(_, value)| !value.is_empty())
            .collect();
        let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(given).finish();
        read_query(&encoded, false).map(Self)
    }
    fn describe(generator: &mut SchemaGenerator, doc: &mut InputDoc) {
        doc.body = Some(generator.subschema_for::<T>().to_value());
        doc.required = has_required::<T>();
        doc.media = &["application/json", FORM];
    }
}

impl<T: DeserializeOwned + JsonSchema + Send> Input for BodyOrQuery<T> {
    const QUERY: bool = true;
    fn read(incoming: &Incoming) -> Result<Self, ApiError> {
        if incoming.body.is_empty() {
            read_query(&incoming.query, false).map(Self)
        } else if incoming.query.is_empty() {
            read_body(incoming).map(Self)
        } else {
            Err(ApiError::new(
                Code::UnknownParameter,
                "Parameters are given in both the body and the query. Use only one of them.",
            ))
        }
    }
    fn describe(generator: &mut SchemaGenerator, doc: &mut InputDoc) {
        doc.query = Some(inline::<T>(generator));
        doc.body = Some(generator.subschema_for::<T>().to_value());
    }
}

/// The schema of `T` with all references inlined, for reading its properties.
pub(crate) fn inline<T: JsonSchema>(_: &mut SchemaGenerator) -> Value {
    let mut generator = SchemaSettings::draft2020_12()
        .with(|settings| settings.inline_subschemas = true)
        .into_generator();
    T::json_schema(&mut generator).to_value()
}

/// Whether the type has required fields.
fn has_required<T: JsonSchema>() -> bool {
    let schema = inline::<T>(&mut SchemaGenerator::default());
    schema.get("required").and_then(Value::as_array).is_some_and(|names| !names.is_empty())
}

fn properties<T: JsonSchema>() -> serde_json::Map<String, Value> {
    let schema = inline::<T>(&mut SchemaGenerator::default());
    schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default()
}

/// Whether a text is UTF-8 after percent-decoding. Separators are ASCII, so the text is UTF-8
/// exactly when each of its parts is.
fn is_utf8(encoded: &str) -> bool {
    percent_encoding::percent_decode_str(encoded).decode_utf8().is_ok()
}

/// The error for a path or query that is not UTF-8.
pub(crate) fn not_utf8() -> ApiError {
    ApiError::new(
        Code::UnknownParameter,
        "The URL contains bytes that are not UTF-8. Encode it as UTF-8 and send the request again.",
    )
}

/// Checks the query of a route without parameters.
///
/// # Errors
/// `UNKNOWN_PARAMETER` for any.
pub(crate) fn no_query(query: &str) -> Result<(), ApiError> {
    match form_urlencoded::parse(query.as_bytes()).next() {
        None => Ok(()),
        Some(_) if !is_utf8(query) => Err(not_utf8()),
        Some((name, _)) => Err(unknown_parameter(&name, std::iter::empty())),
    }
}

/// Checks the body of a route without one: nothing, or an empty object as some clients send.
///
/// # Errors
/// `VALIDATION_FAILED` for any field, `MALFORMED_BODY`, `UNSUPPORTED_MEDIA`.
pub(crate) fn no_body(incoming: &Incoming) -> Result<(), ApiError> {
    #[derive(serde::Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Nothing {}
    read_body::<Nothing>(incoming).map(|Nothing {}| ())
}

fn read_query<T: DeserializeOwned + JsonSchema>(query: &str, page: bool) -> Result<T, ApiError> {
    let properties = properties::<T>();
    let mut seen = std::collections::BTreeSet::new();
    let mut given = Vec::new();
    // Separators are ASCII, so each pair can be parsed separately.
    for pair in query.split('&') {
        let read: Vec<_> = form_urlencoded::parse(pair.as_bytes())
            .filter(|(name, _)| !page || properties.contains_key(name.as_ref()))
            .collect();
        // With replacement characters it would mean something else.
        if !is_utf8(pair) && (!page || !read.is_empty()) {
            return Err(not_utf8());
        }
        given.extend(read);
    }
    for (name, value) in &given {
        let Some(property) = properties.get(name.as_ref()) else {
            return Err(unknown_parameter(name, properties.keys().map(String::as_str)));
        };
        if value.is_empty() {
            return Err(ApiError::field(
                name.as_ref(),
                "empty",
                "This parameter is empty. Give it a value or omit it.",
            ));
        }
        let many = property.get("type").is_some_and(|kind| {
            kind == "array"
                || kind.as_array().is_some_and(|kinds| kinds.iter().any(|k| k == "array"))
        });
        if !seen.insert(name.clone()) && !many {
            return Err(ApiError::field(
                name.as_ref(),
                "repeated",
                "This parameter is given more than once. Give it once.",
            ));
        }
    }
    let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(&given).finish();
    let deserializer =
        serde_html_form::Deserializer::new(form_urlencoded::parse(encoded.as_bytes()));
    only_known(|| serde_path_to_error::deserialize(deserializer)).map_err(|error| {
        let path = error.path().to_string();
        refuse(&path, &error.inner().to_string(), &properties)
    })
}

pub(crate) fn media_type(headers: &HeaderMap) -> String {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(|value| value.trim().to_ascii_lowercase())
        .unwrap_or_default()
}

fn malformed() -> ApiError {
    ApiError::new(
        Code::MalformedBody,
        "The body is not valid. Send it as one JSON object in UTF-8.",
    )
}

fn read_body<T: DeserializeOwned + JsonSchema>(incoming: &Incoming) -> Result<T, ApiError> {
    let media = media_type(&incoming.headers);
    if incoming.body.is_empty() {
        return from_value(Value::Object(serde_json::Map::new()));
    }
    if media != "application/json" {
        return Err(ApiError::new(
            Code::UnsupportedMedia,
            "The content type is not supported. Send the body as application/json.",
        ));
    }
    let value = json::read(&incoming.body).map_err(|error| match error {
        InvalidJson::Malformed => malformed(),
        InvalidJson::Repeated(field) => {
            ApiError::field(field, "repeated", "This field is given more than once. Give it once.")
        }
    })?;
    if !value.is_object() {
        return Err(malformed());
    }
    from_value(value)
}

fn from_value<T: DeserializeOwned + JsonSchema>(value: Value) -> Result<T, ApiError> {
    shape::check::<T>(&value)?;
    only_known(|| serde_path_to_error::deserialize(value)).map_err(|error| {
        let path = error.path().to_string();
        refuse(&path, &error.inner().to_string(), &properties::<T>())
    })
}

/// Reads a value that a body holds in a field, where another part of the request decides its type.
///
/// # Errors
/// `VALIDATION_FAILED` on the field below `field`.
pub fn value_of<T: DeserializeOwned + JsonSchema>(
    field: &str,
    value: Value,
) -> Result<T, ApiError> {
    from_value(value).map_err(|mut error: ApiError| {
        for at in &mut error.fields {
            at.field = match at.field.as_str() {
                "" | "." | "?" => field.to_owned(),
                below => format!("{field}.{below}"),
            };
        }
        error
    })
}
