//! Requests that we sign ourselves (AWS Signature Version 4): a URL for one object, one object
//! written or removed, one parameter read, one function invoked.
//!
//! The SDK's crates for these services are many times larger than functions that need only these
//! calls: docs/decisions/0027-function-binaries.md. A call still goes through the SDK's
//! runtime, with its retries, timeouts and interceptors.

use std::{
    fmt::{self, Write},
    time::{Duration, SystemTime},
};

use aws_sigv4::{
    http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
        SigningInstructions, SigningSettings, UriPathNormalizationMode, sign,
    },
    sign::v4,
};
use aws_smithy_runtime::client::{
    orchestrator::operation::Operation,
    retries::classifiers::{
        HttpStatusCodeClassifier, ModeledAsRetryableClassifier, TransientErrorClassifier,
    },
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        behavior_version::BehaviorVersion,
        orchestrator::{HttpRequest, HttpResponse, OrchestratorError},
        result::SdkError,
    },
};
use aws_smithy_types::{
    body::SdkBody,
    retry::{ErrorKind, ProvideErrorKind},
};
use bytes::Bytes;

use crate::{aws::Aws, outbound::Outgoing};

/// A service that we sign for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Service {
    S3,
    Ssm,
    Lambda,
    CloudWatch,
}

impl Service {
    /// Its name, which is also the suffix of the variable with its endpoint.
    const fn name(self) -> &'static str {
        match self {
            Self::S3 => "S3",
            Self::Ssm => "SSM",
            Self::Lambda => "LAMBDA",
            Self::CloudWatch => "CLOUDWATCH",
        }
    }

    const fn signing_name(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Ssm => "ssm",
            Self::Lambda => "lambda",
            Self::CloudWatch => "monitoring",
        }
    }
}

/// A request that can be signed.
#[derive(Clone)]
pub struct Request {
    service: Service,
    operation: &'static str,
    method: &'static str,
    origin: String,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({})", self.operation)
    }
}

/// The service returned an error.
#[derive(Debug, thiserror::Error)]
#[error("the service answered {status} {code}")]
pub struct ApiError {
    /// The status.
    pub status: u16,
    /// The name of the error, if the service returned one in JSON.
    pub code: String,
}

impl ProvideErrorKind for ApiError {
    fn retryable_error_kind(&self) -> Option<ErrorKind> {
        matches!(self.code.as_str(), "ThrottlingException" | "Throttling" | "RequestLimitExceeded")
            .then_some(ErrorKind::ThrottlingError)
    }
    fn code(&self) -> Option<&str> {
        Some(&self.code)
    }
}

/// A successful response.
#[derive(Debug)]
pub struct Response {
    /// The body.
    pub body: Bytes,
    /// The ETag of an object; empty if the service named none.
    pub etag: String,
}

impl Request {
    /// A request about one object.
    pub fn object(
        aws: &Aws,
        operation: &'static str,
        method: &'static str,
        bucket: &str,
        key: &str,
    ) -> Self {
        let key = encode(key, b"/");
        // Only AWS itself resolves a bucket's name as a host; a name with dots is in no
        // certificate.
        let (origin, path) = match aws.endpoint(Service::S3.name()) {
            Some(endpoint) if aws.has_bucket_in_host(Some(endpoint)) => {
                let (scheme, host) = endpoint.split_once("://").unwrap_or(("https", endpoint));
                (format!("{scheme}://{bucket}.{}", host.trim_end_matches('/')), format!("/{key}"))
            }
            Some(endpoint) => {
                (endpoint.trim_end_matches('/').to_owned(), format!("/{bucket}/{key}"))
            }
            None if bucket.contains('.') => {
                (format!("https://s3.{}", host(&aws.region())), format!("/{bucket}/{key}"))
            }
            None => (format!("https://{bucket}.s3.{}", host(&aws.region())), format!("/{key}")),
        };
        Self {
            service: Service::S3,
            operation,
            method,
            origin,
            path,
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }

    /// A request for a parameter.
    pub fn parameter(aws: &Aws, name: &str) -> Self {
        let endpoint = aws
            .endpoint(Service::Ssm.name())
            .map(|endpoint| endpoint.trim_end_matches('/').to_owned());
        Self {
            service: Service::Ssm,
            operation: "GetParameter",
            method: "POST",
            origin: endpoint.unwrap_or_else(|| format!("https://ssm.{}", host(&aws.region()))),
            path: "/".to_owned(),
            headers: vec![
                ("content-type", "application/x-amz-json-1.1".to_owned()),
                ("x-amz-target", "AmazonSSM.GetParameter".to_owned()),
            ],
            body: serde_json::json!({ "Name": name, "WithDecryption": true }).to_string().into(),
        }
    }

    /// A request to run a function and to wait for its result, which is the body of the response.
    pub fn invocation(aws: &Aws, function: &str, event: Bytes) -> Self {
        let endpoint = aws
            .endpoint(Service::Lambda.name())
            .map(|endpoint| endpoint.trim_end_matches('/').to_owned());
        Self {
            service: Service::Lambda,
            operation: "Invoke",
            method: "POST",
            origin: endpoint.unwrap_or_else(|| format!("https://lambda.{}", host(&aws.region()))),
            path: format!("/2015-03-31/functions/{}/invocations", encode(function, b"")),
            headers: vec![("content-type", "application/json".to_owned())],
            body: event,
        }
    }

    /// A request for metrics, with a body of `GetMetricData`.
    pub fn metrics(aws: &Aws, body: &serde_json::Value) -> Self {
        let endpoint = aws
            .endpoint(Service::CloudWatch.name())
            .map(|endpoint| endpoint.trim_end_matches('/').to_owned());
        Self {
            service: Service::CloudWatch,
            operation: "GetMetricData",
            method: "POST",
            origin: endpoint
                .unwrap_or_else(|| format!("https://monitoring.{}", host(&aws.region()))),
            path: "/".to_owned(),
            headers: vec![
                ("content-type", "application/x-amz-json-1.0".to_owned()),
                ("x-amz-target", "GraniteServiceVersion20100801.GetMetricData".to_owned()),
            ],
            body: body.to_string().into(),
        }
    }

    /// The name of the operation, such as `PutObject`.
    pub const fn operation(&self) -> &'static str {
        self.operation
    }

    /// The path, with its query. Where the endpoint is not AWS's own, it begins with the bucket.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Adds a parameter to the query.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        let sign = if self.path.contains('?') { '&' } else { '?' };
        let _ = write!(self.path, "{sign}{}={}", encode(name, b""), encode(value, b""));
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: Bytes) -> Self {
        self.body = body;
        self
    }

    /// A URL that anyone may use for a while; the headers have to be sent with it.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn presign(mut self, aws: &Aws, life: Duration) -> Result<String, BoxError> {
        let signed = self.sign(aws, Some(life))?;
        for (name, value) in signed.params() {
            self = self.query(name, value);
        }
        Ok(format!("{}{}", self.origin, self.path))
    }

    /// Sends the request, and returns the body of a successful response.
    ///
    /// # Errors
    /// [`ApiError`] and the SDK's errors for a call without a response.
    pub async fn send(self, aws: &Aws) -> Result<Bytes, SdkError<ApiError, HttpResponse>> {
        self.respond(aws).await.map(|response| response.body)
    }

    /// Sends the request, and returns the successful response.
    ///
    /// # Errors
    /// [`ApiError`] and the SDK's errors for a call without a response.
    pub async fn respond(
        mut self,
        aws: &Aws,
    ) -> Result<Response, SdkError<ApiError, HttpResponse>> {
        let signed = self.sign(aws, None).map_err(SdkError::construction_failure)?;
        self.headers
            .extend(signed.headers().map(|(name, value)| (header_name(name), value.to_owned())));
        let operation = Operation::builder()
            .service_name(self.service.name())
            .operation_name(self.operation)
            .behavior_version(BehaviorVersion::latest())
            .http_client(aws.http_client(aws.endpoint(self.service.name())))
            .endpoint_url(&self.origin)
            .no_auth()
            .standard_retry(&aws.retry())
            .timeout_config(aws.timeout())
            .with_connection_poisoning()
            .retry_classifier(HttpStatusCodeClassifier::default())
            .retry_classifier(TransientErrorClassifier::<ApiError>::new())
            .retry_classifier(ModeledAsRetryableClassifier::<ApiError>::new())
            .serializer(Self::into_http)
            .deserializer(|answer| {
                let (status, body) = (answer.status(), answer.body().bytes().unwrap_or_default());
                if status.is_success() {
                    let etag = answer.headers().get("etag").unwrap_or_default().to_owned();
                    return Ok(Response { body: Bytes::copy_from_slice(body), etag });
                }
                Err(OrchestratorError::operation(ApiError {
                    status: status.as_u16(),
                    code: code(body),
                }))
            });
        let operation = match aws.interceptor() {
            Some(interceptor) => operation.interceptor(interceptor),
            None => operation,
        };
        Box::pin(operation.build().invoke(self)).await
    }

    /// The signed request, to be sent by other means.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn outgoing(mut self, aws: &Aws) -> Result<Outgoing, BoxError> {
        let signed = self.sign(aws, None)?;
        self.headers
            .extend(signed.headers().map(|(name, value)| (header_name(name), value.to_owned())));
        Ok(Outgoing {
            method: self.method,
            url: format!("{}{}", self.origin, self.path),
            headers: self.headers,
            body: self.body,
        })
    }

    fn into_http(self) -> Result<HttpRequest, BoxError> {
        let mut request = HttpRequest::new(SdkBody::from(self.body.clone()));
        request.set_method(self.method)?;
        request.set_uri(self.path)?;
        for (name, value) in self.headers {
            request.headers_mut().try_insert(name, value)?;
        }
        if self.method != "DELETE" {
            request.headers_mut().try_insert("content-length", self.body.len().to_string())?;
        }
        Ok(request)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "AWS compares the time of a signature with its own clock"
    )]
    fn sign(&self, aws: &Aws, life: Option<Duration>) -> Result<SigningInstructions, BoxError> {
        let mut settings = SigningSettings::default();
        if self.service == Service::S3 {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        let body = if life.is_some() {
            settings.payload_checksum_kind = PayloadChecksumKind::NoHeader;
            settings.signature_location = SignatureLocation::QueryParams;
            settings.expires_in = life;
            SignableBody::UnsignedPayload
        } else {
            SignableBody::Bytes(&self.body)
        };
        let (identity, region) = (aws.static_credentials().clone().into(), aws.region());
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&region)
            .name(self.service.signing_name())
            .time(SystemTime::now())
            .settings(settings)
            .build()?
            .into();
        let url = format!("{}{}", self.origin, self.path);
        let headers = self.headers.iter().map(|(name, value)| (*name, value.as_str()));
        Ok(sign(SignableRequest::new(self.method, url, headers, body)?, &params)?.into_parts().0)
    }
}

/// The signer's headers, whose names are static only in a list of them.
fn header_name(name: &str) -> &'static str {
    match name {
        "x-amz-date" => "x-amz-date",
        "x-amz-security-token" => "x-amz-security-token",
        "x-amz-content-sha256" => "x-amz-content-sha256",
        _ => "authorization",
    }
}

/// The suffix of a service's host name.
fn host(region: &str) -> String {
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("{region}.{domain}")
}

/// Percent-encodes all but the unreserved characters (RFC 3986) and these.
pub(crate) fn encode(text: &str, kept: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || kept.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// The name of an error in JSON (`__type`, after a namespace); empty when there is none.
fn code(body: &[u8]) -> String {
    #[derive(serde::Deserialize)]
    struct Named {
        #[serde(rename = "__type")]
        kind: String,
    }
    serde_json::from_slice(body).map_or_else(
        |_| String::new(),
        |named: Named| named.kind.rsplit('#').next().unwrap_or_default().to_owned(),
    )
}

#[cfg(test)]
#[path = "signed_tests.rs"]
mod tests;
