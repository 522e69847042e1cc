//! The AWS clients: one HTTP client for all, credentials from the environment, Amazon's own
//! certificate authorities only.
//!
//! Most of a cold start was the parsing of the system's whole list of certificate authorities; AWS
//! uses five. Next was the creation of clients that a function never uses, so all but DynamoDB's
//! are created on first use. A client's constructor is part of its type and not stored in a value,
//! so that the linker leaves out services that a function never calls.

use std::{
    collections::BTreeMap,
    fmt,
    ops::Deref,
    sync::{Arc, OnceLock},
    time::Duration,
};

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_sdk_s3::config::{RequestChecksumCalculation, ResponseChecksumValidation};
use aws_smithy_runtime_api::client::{http::SharedHttpClient, interceptors::SharedInterceptor};
use aws_smithy_types::{retry::RetryConfig, timeout::TimeoutConfig};
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

use crate::{connector::Connector, wire::HandOver};

/// Intercepts every call to AWS before it is sent and after its response: used by the tests to
/// meter and to interrupt calls.
pub type AwsInterceptor = SharedInterceptor;

const ROOTS: &str = include_str!("../../roots/amazon.pem");
/// The timeout for opening a connection.
const CONNECT: Duration = Duration::from_secs(2);

/// The configuration shared by all clients. Cloning shares it.
#[derive(Debug, Clone)]
pub struct Aws(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    region: String,
    static_credentials: Credentials,
    credentials: SharedCredentialsProvider,
    retry: RetryConfig,
    timeout: TimeoutConfig,
    /// Endpoint overrides, by the name of the SDK's own variable.
    endpoints: BTreeMap<String, String>,
    interceptor: Option<AwsInterceptor>,
    /// The HTTP client of a bucket that staff entered; absent for AWS and the local stack.
    guarded: Option<SharedHttpClient>,
    /// Whether the bucket's name is part of the host although the endpoint is not AWS's own.
    bucket_in_host: bool,
}

/// The prefix of the SDK's own variables for endpoints; the service's name follows, or nothing
/// where it is for all services.
const ENDPOINT: &str = "AWS_ENDPOINT_URL";

/// A service whose client is created on first use.
pub trait Service: Send + Sync + 'static {
    /// The SDK's client.
    type Client: Send + Sync;
    /// Creates a client.
    fn client(aws: &Aws) -> Self::Client;
}

/// A client that is created on first use. Clones share it.
pub struct LazyClient<S: Service>(Arc<(Aws, OnceLock<S::Client>)>);

impl<S: Service> LazyClient<S> {
    /// A client that is not created yet.
    pub fn new(aws: &Aws) -> Self {
        Self(Arc::new((aws.clone(), OnceLock::new())))
    }
}

impl<S: Service> Clone for LazyClient<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S: Service> fmt::Debug for LazyClient<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LazyClient")
    }
}

impl<S: Service> Deref for LazyClient<S> {
    type Target = S::Client;
    fn deref(&self) -> &S::Client {
        let (aws, client) = &*self.0;
        client.get_or_init(|| S::client(aws))
    }
}

/// Creates the client of a service: the crate of its SDK, and the suffix of the variable with its
/// endpoint.
#[macro_export]
macro_rules! aws_client {
    ($aws:expr, $service:ident, $variable:literal $(, $extra:ident = $value:expr)*) => {{
        let aws: &$crate::aws::Aws = $aws;
        let endpoint = aws.endpoint($variable);
        let mut config = $service::Config::builder().behavior_version($service::config::BehaviorVersion::latest())
            .region($service::config::Region::new(aws.region())).credentials_provider(aws.credentials())
            .http_client(aws.http_client(endpoint)).retry_config(aws.retry()).timeout_config(aws.timeout());
        $(config = config.$extra($value);)*
        if let Some(endpoint) = endpoint { config = config.endpoint_url(endpoint); }
        if let Some(interceptor) = aws.interceptor() { config = config.interceptor(interceptor); }
        $service::Client::from_conf(config.build())
    }};
}

/// S3.
#[derive(Debug)]
pub struct S3;

impl Service for S3 {
    type Client = aws_sdk_s3::Client;
    fn client(aws: &Aws) -> Self::Client {
        // Only AWS itself resolves a bucket's name as a host.
        // Stores other than AWS may refuse checksums that an operation does not require.
        let only_required = aws.0.guarded.is_some();
        aws_client!(
            aws,
            aws_sdk_s3,
            "S3",
            force_path_style = !aws.has_bucket_in_host(aws.endpoint("S3")),
            request_checksum_calculation = if only_required {
                RequestChecksumCalculation::WhenRequired
            } else {
                RequestChecksumCalculation::WhenSupported
            },
            response_checksum_validation = if only_required {
                ResponseChecksumValidation::WhenRequired
            } else {
                ResponseChecksumValidation::WhenSupported
            }
        )
    }
}

/// SQS.
#[derive(Debug)]
pub struct Sqs;

impl Service for Sqs {
    type Client = aws_sdk_sqs::Client;
    fn client(aws: &Aws) -> Self::Client {
        aws_client!(aws, aws_sdk_sqs, "SQS")
    }
}

impl Aws {
    /// Creates clients for a region and credentials. Only the endpoints are read from the settings.
    pub fn new(
        region: String,
        credentials: Credentials,
        settings: &BTreeMap<String, String>,
        interceptor: Option<AwsInterceptor>,
    ) -> Self {
        let endpoints = settings
            .iter()
            .filter(|(name, _)| name.starts_with(ENDPOINT))
            .map(|(name, url)| (name.clone(), url.clone()))
            .collect();
        Self(Arc::new(Shared {
            region,
            static_credentials: credentials.clone(),
            credentials: SharedCredentialsProvider::new(credentials),
            retry: RetryConfig::standard().with_max_attempts(3),
            timeout: TimeoutConfig::builder()
                .connect_timeout(CONNECT)
                .operation_attempt_timeout(Duration::from_secs(20))
                .build(),
            endpoints,
            interceptor,
            guarded: None,
            bucket_in_host: false,
        }))
    }

    /// The same for a bucket that staff entered: one attempt for each call, over this client.
    #[must_use]
    pub fn of_bucket(self, guarded: SharedHttpClient, bucket_in_host: bool) -> Self {
        let shared = &*self.0;
        Self(Arc::new(Shared {
            region: shared.region.clone(),
            static_credentials: shared.static_credentials.clone(),
            credentials: shared.credentials.clone(),
            retry: shared.retry.clone(),
            timeout: shared.timeout.clone(),
            endpoints: shared.endpoints.clone(),
            interceptor: None,
            guarded: Some(guarded),
            bucket_in_host,
        }))
    }

    /// The HTTP client for a service.
    pub fn http_client(&self, endpoint: Option<&str>) -> SharedHttpClient {
        self.0.guarded.clone().unwrap_or_else(|| http_client(endpoint))
    }

    /// Whether these clients are for a bucket at a store other than Amazon S3, which may refuse
    /// checksums and not know versions.
    pub fn is_other_store(&self) -> bool {
        self.0.guarded.is_some() && self.endpoint("S3").is_some()
    }

    /// Whether the name of a bucket is part of the host.
    pub fn has_bucket_in_host(&self, endpoint: Option<&str>) -> bool {
        endpoint.is_none() || self.0.bucket_in_host
    }

    /// The DynamoDB client, which every function uses.
    pub(crate) fn dynamo(&self) -> aws_sdk_dynamodb::Client {
        aws_client!(
            self,
            aws_sdk_dynamodb,
            "DYNAMODB",
            retry_classifier = crate::transaction_conflict::RetryTransactionConflict,
            interceptor = HandOver
        )
    }

    /// The endpoint of a service; `None` for AWS's default.
    pub fn endpoint(&self, service: &str) -> Option<&str> {
        let named = self.0.endpoints.get(&format!("{ENDPOINT}_{service}"));
        named.or_else(|| self.0.endpoints.get(ENDPOINT)).map(String::as_str)
    }

    /// The region.
    pub fn region(&self) -> String {
        self.0.region.clone()
    }

    /// The credentials.
    pub fn credentials(&self) -> SharedCredentialsProvider {
        self.0.credentials.clone()
    }

    /// The credentials, for the requests that we sign ourselves.
    pub(crate) fn static_credentials(&self) -> &Credentials {
        &self.0.static_credentials
    }

    /// The retry configuration of a call.
    pub fn retry(&self) -> RetryConfig {
        self.0.retry.clone()
    }

    /// The timeouts of a call.
    pub fn timeout(&self) -> TimeoutConfig {
        self.0.timeout.clone()
    }

    /// The interceptor of every call.
    pub fn interceptor(&self) -> Option<AwsInterceptor> {
        self.0.interceptor.clone()
    }
}

fn https() -> SharedHttpClient {
    let mut roots = RootCertStore::empty();
    // The file is part of this crate, and a test reads it.
    roots.add_parsable_certificates(CertificateDer::pem_slice_iter(ROOTS.as_bytes()).flatten());
    Connector::over_tls(roots, CONNECT).shared()
}

/// The HTTP client for an endpoint: plain HTTP only where the endpoint says `http://`, as in the
/// local stack.
pub fn http_client(endpoint: Option<&str>) -> SharedHttpClient {
    static HTTPS: OnceLock<SharedHttpClient> = OnceLock::new();
    static HTTP: OnceLock<SharedHttpClient> = OnceLock::new();
    let plain = endpoint.is_some_and(|url| url.starts_with("http://"));
    // A pooled connection belongs to the runtime that opened it; tests have many runtimes in one
    // process, so only TLS clients are shared.
    if plain && cfg!(debug_assertions) {
        return Connector::in_the_clear(CONNECT).shared();
    }
    if plain {
        HTTP.get_or_init(|| Connector::in_the_clear(CONNECT).shared()).clone()
    } else {
        HTTPS.get_or_init(https).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_amazon_certificate_authority_is_trusted() {
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(ROOTS.as_bytes())
            .collect::<Result<_, _>>()
            .expect("certificates");
        let mut roots = RootCertStore::empty();
        assert_eq!(
            roots.add_parsable_certificates(certificates),
            (ROOTS.matches("BEGIN CERTIFICATE").count(), 0)
        );
    }
}
