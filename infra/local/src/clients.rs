//! Where the services are, and the real AWS clients that talk to them.

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, SharedHttpClient};
use std::collections::BTreeMap;

/// Used when the environment names no region. Nothing depends on which one it is.
const REGION: &str = "eu-west-1";
/// The emulators check signatures with these; they open nothing else.
const LOCAL_ACCESS_KEY: &str = "local";
const LOCAL_SECRET_KEY: &str = "local-secret-key";

/// Services that run elsewhere. What is `None` is started in this process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Endpoints {
    /// `AWS_ENDPOINT_URL_DYNAMODB`, also used for its streams.
    pub dynamodb: Option<String>,
    /// `AWS_ENDPOINT_URL_S3`.
    pub s3: Option<String>,
    /// `AWS_ENDPOINT_URL_SQS`.
    pub sqs: Option<String>,
}

impl Endpoints {
    /// What the SDK's own variables say.
    #[must_use]
    pub fn from_environment() -> Self {
        let read = |name| std::env::var(name).ok().filter(|url| !url.is_empty());
        Self { dynamodb: read("AWS_ENDPOINT_URL_DYNAMODB"), s3: read("AWS_ENDPOINT_URL_S3"), sqs: read("AWS_ENDPOINT_URL_SQS") }
    }

    pub(crate) fn any(&self) -> bool {
        self.dynamodb.is_some() || self.s3.is_some() || self.sqs.is_some()
    }
}

/// Who the local stack signs as.
#[derive(Clone)]
pub(crate) struct Identity {
    pub region: String,
    pub access_key: String,
    pub secret_key: String,
    pub session_token: Option<String>,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Identity").field("region", &self.region).finish_non_exhaustive()
    }
}

impl Identity {
    /// The environment's own credentials may only be used with services outside this process.
    pub(crate) fn choose(endpoints: &Endpoints) -> Self {
        let read = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let region = read("AWS_REGION").unwrap_or_else(|| REGION.to_owned());
        match (endpoints.any(), read("AWS_ACCESS_KEY_ID"), read("AWS_SECRET_ACCESS_KEY")) {
            (true, Some(access_key), Some(secret_key)) => Self { region, access_key, secret_key, session_token: read("AWS_SESSION_TOKEN") },
            _ => Self { region, access_key: LOCAL_ACCESS_KEY.to_owned(), secret_key: LOCAL_SECRET_KEY.to_owned(), session_token: None },
        }
    }

    pub(crate) fn settings(&self) -> BTreeMap<String, String> {
        let mut settings = BTreeMap::new();
        settings.insert("AWS_REGION".to_owned(), self.region.clone());
        settings.insert("AWS_ACCESS_KEY_ID".to_owned(), self.access_key.clone());
        settings.insert("AWS_SECRET_ACCESS_KEY".to_owned(), self.secret_key.clone());
        if let Some(token) = &self.session_token {
            settings.insert("AWS_SESSION_TOKEN".to_owned(), token.clone());
        }
        settings
    }

    fn credentials(&self) -> Credentials {
        Credentials::new(&self.access_key, &self.secret_key, self.session_token.clone(), None, "local")
    }
}

/// One client per service, over one connection pool that belongs to the runtime it was made in.
#[derive(Debug, Clone)]
pub(crate) struct Clients {
    pub dynamodb: aws_sdk_dynamodb::Client,
    pub streams: aws_sdk_dynamodbstreams::Client,
    pub s3: aws_sdk_s3::Client,
    pub sqs: aws_sdk_sqs::Client,
}

impl Clients {
    pub(crate) fn connect(identity: &Identity, dynamodb: &str, s3: &str, sqs: &str) -> Self {
        let http: SharedHttpClient = aws_smithy_http_client::Builder::new().build_http();
        let region = || Region::new(identity.region.clone());
        macro_rules! client {
            ($service:ident, $url:expr) => {
                $service::Client::from_conf(
                    $service::config::Builder::new()
                        .behavior_version(BehaviorVersion::latest())
                        .region(region())
                        .credentials_provider(identity.credentials())
                        .http_client(http.clone())
                        .endpoint_url($url)
                        .build(),
                )
            };
        }
        Self {
            dynamodb: client!(aws_sdk_dynamodb, dynamodb),
            streams: client!(aws_sdk_dynamodbstreams, dynamodb),
            s3: client!(aws_sdk_s3, s3),
            sqs: client!(aws_sdk_sqs, sqs),
        }
    }
}
