//! Calls by invocation: the functions on Lambda get the event that API Gateway would send (payload
//! version 2.0), with the address, browser and request of the person.

use std::{collections::BTreeMap, net::IpAddr, time::SystemTime};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode, header};
use provost_store::{aws::Aws, signed};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{ApiCaller, CallError, routes::matched};
use crate::ConfigError;

/// The variable with the functions: `accounts=provost-accounts,audit=…`.
const VARIABLE: &str = "API_FUNCTIONS";

/// The functions behind the API, by name.
#[derive(Debug, Clone)]
pub(crate) struct Functions {
    aws: Aws,
    deployed: BTreeMap<String, String>,
}

/// The response of a function.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    status_code: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
    #[serde(default)]
    is_base64_encoded: bool,
}

impl Functions {
    /// The functions of a deployment; `None` in a function that calls none.
    ///
    /// # Errors
    /// [`ConfigError`] when the variable is not a list of functions.
    pub(crate) fn from_settings(
        settings: &crate::Settings,
        aws: &Aws,
    ) -> Result<Option<Self>, ConfigError> {
        let text = settings.get(VARIABLE).map_or("", String::as_str);
        if text.is_empty() {
            return Ok(None);
        }
        let deployed = text.split(',').map(|pair| {
            let (name, deployed) = pair.split_once('=')?;
            Some((name.trim().to_owned(), deployed.trim().to_owned()))
        });
        let deployed = deployed.collect::<Option<_>>().ok_or_else(|| ConfigError {
            name: VARIABLE,
            problem: "is not a list of functions: name=function,name=function".to_owned(),
        })?;
        Ok(Some(Self { aws: aws.clone(), deployed }))
    }

    /// A caller that invokes these functions by a table of routes.
    pub(crate) fn caller(&self, table: &'static str) -> ApiCaller {
        let functions = self.clone();
        ApiCaller::new(move |request, source| {
            let functions = functions.clone();
            Box::pin(async move { functions.invoke(table, request, source).await })
        })
    }

    async fn invoke(
        &self,
        table: &'static str,
        request: Request<Bytes>,
        source: IpAddr,
    ) -> Result<Response<Bytes>, CallError> {
        let Some(route) = matched(table, request.method().as_str(), request.uri().path()) else {
            return Err(format!("no route matches {}", request.uri().path()).into());
        };
        let Some(function) = self.deployed.get(route.function) else {
            return Err(format!("{VARIABLE} does not name {}", route.function).into());
        };
        let event = event(&request, route.path, &route.variables, source);
        let payload = signed::Request::invocation(&self.aws, function, event.to_string().into())
            .send(&self.aws)
            .await?;
        response(&payload)
    }
}

/// The event of API Gateway for a request.
#[expect(clippy::disallowed_methods, reason = "the gateway's time, which no rule depends on")]
fn event(
    request: &Request<Bytes>,
    route: &str,
    variables: &[(&'static str, String)],
    source: IpAddr,
) -> Value {
    let path = percent_encoding::percent_decode_str(request.uri().path()).decode_utf8_lossy();
    let key = format!("{} {route}", request.method());
    let mut headers = Map::new();
    for (name, value) in request.headers() {
        let value = String::from_utf8_lossy(value.as_bytes());
        headers.insert(name.as_str().to_owned(), value.into());
    }
    let text = |name: HeaderName| {
        request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    };
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let now = u64::try_from(now.as_millis()).unwrap_or_default();
    json!({
        "version": "2.0",
        "routeKey": key,
        "rawPath": path,
        "rawQueryString": request.uri().query().unwrap_or_default(),
        "headers": headers,
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "portal",
            "domainName": text(header::HOST),
            "domainPrefix": "portal",
            "http": {
                "method": request.method().as_str(),
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": source.to_string(),
                "userAgent": text(header::USER_AGENT),
            },
            "requestId": text(HeaderName::from_static("x-request-id")),
            "routeKey": key,
            "stage": "$default",
            "timeEpoch": now,
        },
        "pathParameters": variables.iter().cloned().collect::<BTreeMap<_, _>>(),
        "body": STANDARD.encode(request.body()),
        "isBase64Encoded": true,
    })
}

/// The response in the result of a function.
fn response(payload: &[u8]) -> Result<Response<Bytes>, CallError> {
    let answer: Answer = serde_json::from_slice(payload)?;
    let body = if answer.is_base64_encoded {
        STANDARD.decode(&answer.body)?.into()
    } else {
        answer.body.into()
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(answer.status_code)?;
    for (name, value) in answer.headers {
        response.headers_mut().append(name.parse::<HeaderName>()?, HeaderValue::from_str(&value)?);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_has_the_address_and_the_browser_of_the_person() {
        let request = Request::post("/api/admin/users/usr_1/ban?a=b%20c")
            .header("user-agent", "a browser")
            .body(Bytes::from_static(b"{}"))
            .expect("a request");
        let source = "203.0.113.7".parse().expect("an address");
        let event =
            event(&request, "/api/admin/users/{id}/ban", &[("id", "usr_1".to_owned())], source);
        let http = &event["requestContext"]["http"];
        assert_eq!(http["sourceIp"], "203.0.113.7");
        assert_eq!(http["userAgent"], "a browser");
        assert_eq!(event["rawPath"], "/api/admin/users/usr_1/ban");
        assert_eq!(event["rawQueryString"], "a=b%20c");
        assert_eq!(event["pathParameters"]["id"], "usr_1");
        assert_eq!(event["body"], "e30=");
    }

    #[test]
    fn a_result_becomes_a_response_and_an_error_of_the_function_does_not() {
        let given = response(
            br#"{"statusCode":201,"headers":{"location":"/x"},"body":"e30=","isBase64Encoded":true}"#,
        )
        .expect("a response");
        assert_eq!(given.status(), 201);
        assert_eq!(given.headers()["location"], "/x");
        assert_eq!(given.body().as_ref(), b"{}");
        assert!(response(br#"{"errorMessage":"it failed","errorType":"Unhandled"}"#).is_err());
    }

    #[test]
    fn a_list_of_functions_that_cannot_be_read_is_refused() {
        let credentials =
            aws_credential_types::Credentials::new("id", "secret", None, None, "test");
        let aws = Aws::new("eu-central-1".to_owned(), credentials, &crate::Settings::new(), None);
        let settings = [(VARIABLE.to_owned(), "accounts".to_owned())].into_iter().collect();
        assert!(Functions::from_settings(&settings, &aws).is_err());
    }
}
