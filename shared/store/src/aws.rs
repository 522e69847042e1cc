//! The AWS clients: one HTTP client for all, credentials from the environment, Amazon's own certificate authorities only.
//!
//! Most of a cold start was the parsing of the system's whole list of certificate authorities; AWS is reached under five. The next most was making clients that a function
//! never uses, so all but DynamoDB's are made when they are first needed.

use std::sync::{Arc, LazyLock, OnceLock};

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_http_client::{
    Builder,
    tls::{self, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{http::SharedHttpClient, interceptors::SharedInterceptor};
use aws_smithy_types::{retry::RetryConfig, timeout::TimeoutConfig};

use provost_store::Lazy;

use crate::{BadSetting, Settings, required};

/// Something that sees every call to AWS before it is sent and after it is answered: the meter and the killer of the tests.
pub type Seam = SharedInterceptor;

/// The clients of one function.
#[derive(Debug, Clone)]
pub struct Clients {
    pub(crate) dynamo: aws_sdk_dynamodb::Client,
    pub(crate) s3: Lazy<aws_sdk_s3::Client>,
    pub(crate) sqs: Lazy<aws_sdk_sqs::Client>,
    pub(crate) ses: Lazy<aws_sdk_sesv2::Client>,
    pub(crate) ssm: Lazy<aws_sdk_ssm::Client>,
}

const ROOTS: &str = include_str!("../roots/amazon.pem");

fn https() -> SharedHttpClient {
    let roots = tls::TrustStore::empty().with_pem_certificate(ROOTS.as_bytes());
    let mut builder = Builder::new().tls_provider(tls::Provider::Rustls(CryptoMode::AwsLc));
    if let Ok(context) = tls::TlsContext::builder().with_trust_store(roots).build() {
        builder = builder.tls_context(context);
    }
    builder.build_https()
}

/// The HTTP client for an endpoint: in the clear only to one that says `http://`, as the local stack does.
fn client_for(endpoint: Option<&str>) -> SharedHttpClient {
    static HTTPS: OnceLock<SharedHttpClient> = OnceLock::new();
    static HTTP: OnceLock<SharedHttpClient> = OnceLock::new();
    let plain = endpoint.is_some_and(|url| url.starts_with("http://"));
    // A pooled connection belongs to the runtime that opened it; tests have many runtimes in one process, so only TLS clients are shared.
    if plain && cfg!(debug_assertions) {
        return Builder::new().build_http();
    }
    if plain { HTTP.get_or_init(|| Builder::new().build_http()).clone() } else { HTTPS.get_or_init(https).clone() }
}

macro_rules! client {
    ($service:ident, $variable:literal, $settings:ident, $shared:ident, $seam:ident $(, $extra:ident = $value:expr)?) => {{
        let endpoint = $settings.get(concat!("AWS_ENDPOINT_URL_", $variable)).or_else(|| $settings.get("AWS_ENDPOINT_URL")).cloned();
        let mut config = $service::Config::builder().behavior_version($service::config::BehaviorVersion::latest())
            .region($service::config::Region::new($shared.region.clone())).credentials_provider($shared.credentials.clone())
            .http_client(client_for(endpoint.as_deref())).retry_config($shared.retry.clone()).timeout_config($shared.timeout.clone());
        $(config = config.$extra($value);)?
        if let Some(endpoint) = endpoint { config = config.endpoint_url(endpoint); }
        if let Some(seam) = $seam { config = config.interceptor(seam.clone()); }
        $service::Client::from_conf(config.build())
    }};
}

/// Makes a client when it is first used.
macro_rules! lazy {
    ($service:ident, $variable:literal, $settings:ident, $shared:ident, $seam:ident $(, $extra:ident = $value:expr)?) => {{
        let (settings, shared, seam) = ($settings.clone(), $shared.clone(), $seam.cloned());
        let make: Box<dyn FnOnce() -> $service::Client + Send> = Box::new(move || {
            let seam = seam.as_ref();
            client!($service, $variable, settings, shared, seam $(, $extra = $value)?)
        });
        Arc::new(LazyLock::new(make))
    }};
}

#[derive(Clone)]
struct Shared {
    region: String,
    credentials: SharedCredentialsProvider,
    retry: RetryConfig,
    timeout: TimeoutConfig,
}

impl Clients {
    /// Clients for these settings. Lambda puts credentials into the environment, and so does `aws configure export-credentials`.
    ///
    /// # Errors
    /// [`BadSetting`] when region or credentials are missing.
    pub fn new(settings: &Settings, seam: Option<&Seam>) -> Result<Self, BadSetting> {
        let credentials = Credentials::new(
            required(settings, "AWS_ACCESS_KEY_ID")?,
            required(settings, "AWS_SECRET_ACCESS_KEY")?,
            settings.get("AWS_SESSION_TOKEN").cloned(),
            None,
            "environment",
        );
        let shared = Shared {
            region: required(settings, "AWS_REGION")?,
            credentials: SharedCredentialsProvider::new(credentials),
            retry: RetryConfig::standard().with_max_attempts(3),
            timeout: TimeoutConfig::builder()
                .connect_timeout(std::time::Duration::from_secs(2))
                .operation_attempt_timeout(std::time::Duration::from_secs(20))
                .build(),
        };
        // Only AWS itself resolves a bucket's name as a host.
        let path_style = settings.contains_key("AWS_ENDPOINT_URL_S3") || settings.contains_key("AWS_ENDPOINT_URL");
        Ok(Self {
            dynamo: client!(aws_sdk_dynamodb, "DYNAMODB", settings, shared, seam),
            s3: lazy!(aws_sdk_s3, "S3", settings, shared, seam, force_path_style = path_style),
            sqs: lazy!(aws_sdk_sqs, "SQS", settings, shared, seam),
            ses: lazy!(aws_sdk_sesv2, "SESV2", settings, shared, seam),
            ssm: lazy!(aws_sdk_ssm, "SSM", settings, shared, seam),
        })
    }
}
