//! Converts a request to the event that API Gateway's HTTP APIs send to a function: payload version
//! 2.0.

use super::{Arrival, Matched};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use http::header::{CONTENT_TYPE, COOKIE, HOST, HeaderMap, USER_AGENT};
use http::request::Parts;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

/// The account id in all local events.
const ACCOUNT: &str = "000000000000";

/// The event for a request on this route; `None` if its `Host` is not valid.
///
/// As on AWS, `rawPath` is percent-decoded, headers are lower-cased with repeated ones joined by
/// commas, cookies are separate, and a binary body is base64.
#[must_use]
pub fn to_event(parts: &Parts, body: &[u8], matched: &Matched, arrival: &Arrival) -> Option<Value> {
    let host = host(parts)?;
    let path = raw_path(parts.uri.path());
    let query = parts.uri.query().unwrap_or_default();
    let time = DateTime::<Utc>::from(arrival.time);
    let user_agent = parts.headers.get(USER_AGENT).map(text).unwrap_or_default();
    let mut event = json!({
        "version": "2.0",
        "routeKey": matched.route_key,
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers(&parts.headers, &host, arrival),
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "local",
            "domainName": host,
            "domainPrefix": "local",
            "http": {
                "method": parts.method.as_str(),
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": arrival.source.to_string(),
                "userAgent": user_agent,
            },
            "requestId": arrival.request_id,
            "routeKey": matched.route_key,
            "stage": "$default",
            "time": time.format("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "timeEpoch": time.timestamp_millis(),
        },
        "isBase64Encoded": false,
    });
    let cookies = cookies(&parts.headers);
    if !cookies.is_empty() {
        event["cookies"] = json!(cookies);
    }
    if !query.is_empty() {
        event["queryStringParameters"] = Value::Object(query_parameters(query));
    }
    if !matched.variables.is_empty() {
        event["pathParameters"] = json!(matched.variables);
    }
    if !body.is_empty() {
        let (text, encoded) = body_text(&parts.headers, body);
        event["body"] = Value::String(text);
        event["isBase64Encoded"] = Value::Bool(encoded);
    }
    Some(event)
}

/// The host; `None` if it contains anything that a URL would parse as something else.
fn host(parts: &Parts) -> Option<String> {
    let host = match parts.headers.get(HOST) {
        Some(value) => value.to_str().ok()?,
        None => parts.uri.authority().map_or("localhost", |authority| authority.as_str()),
    };
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || ".-_:[]".contains(letter);
    let plausible = !host.is_empty()
        && host.chars().all(allowed)
        && host.parse::<http::uri::Authority>().is_ok();
    plausible.then(|| host.to_owned())
}

/// HTTP APIs decode the path, and cut it at a decoded question mark. An event is JSON, which cannot
/// contain bytes that are not UTF-8.
fn raw_path(path: &str) -> String {
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    decoded.split('?').next().unwrap_or_default().to_owned()
}

fn text(value: &http::HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

fn headers(given: &HeaderMap, host: &str, arrival: &Arrival) -> Value {
    let mut headers = Map::new();
    for name in given.keys().filter(|name| **name != COOKIE) {
        let values = given.get_all(name).iter().map(text).collect::<Vec<_>>();
        headers.insert(name.as_str().to_owned(), Value::String(values.join(",")));
    }
    let forwarded = match given.get("x-forwarded-for") {
        Some(_) => format!(
            "{}, {}",
            headers["x-forwarded-for"].as_str().unwrap_or_default(),
            arrival.source
        ),
        None => arrival.source.to_string(),
    };
    let port = host.rsplit_once(':').map_or("80", |(_, port)| port);
    headers.insert("host".to_owned(), json!(host));
    headers.insert("x-forwarded-for".to_owned(), json!(forwarded));
    headers.insert("x-forwarded-port".to_owned(), json!(port));
    headers.insert("x-forwarded-proto".to_owned(), json!("http"));
    headers.entry("x-amzn-trace-id").or_insert_with(|| json!(trace(arrival)));
    Value::Object(headers)
}

/// `Root=1-<seconds in hex>-<24 hex digits>`.
fn trace(arrival: &Arrival) -> String {
    let seconds = DateTime::<Utc>::from(arrival.time).timestamp();
    let random = rand::random::<u128>() & ((1 << 96) - 1);
    format!("Root=1-{seconds:08x}-{random:024x}")
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    let all = headers.get_all(COOKIE).iter().map(text).collect::<Vec<_>>();
    let each = all.iter().flat_map(|header| header.split(';')).map(str::trim);
    each.filter(|cookie| !cookie.is_empty()).map(str::to_owned).collect()
}

/// Decoded, with the values of a repeated name joined by commas.
fn query_parameters(query: &str) -> Map<String, Value> {
    let mut parameters: Map<String, Value> = Map::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match parameters.get_mut(name.as_ref()) {
            Some(Value::String(values)) => {
                values.push(',');
                values.push_str(&value);
            }
            _ => {
                parameters.insert(name.into_owned(), Value::String(value.into_owned()));
            }
        }
    }
    parameters
}

/// The body as text if API Gateway sends text, otherwise in base64; also returns whether it is
/// base64.
fn body_text(headers: &HeaderMap, body: &[u8]) -> (String, bool) {
    let kind = headers.get(CONTENT_TYPE).map(text).unwrap_or_else(|| "text/plain".to_owned());
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let textual = kind.starts_with("text/")
        || ["application/json", "application/xml", "application/javascript"]
            .contains(&kind.as_str())
        || kind.ends_with("+json")
        || kind.ends_with("+xml");
    match std::str::from_utf8(body) {
        Ok(text) if textual => (text.to_owned(), false),
        _ => (STANDARD.encode(body), true),
    }
}
