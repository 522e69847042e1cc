//! The endpoints of the services, and the AWS clients for them.

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, SharedHttpClient};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;

/// Used if the environment names no region. Its value does not matter.
const REGION: &str = "eu-west-1";
/// The characters of an access key id.
const KEY_CHARACTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Services that run elsewhere. A `None` service is started in this process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Endpoints {
    /// `AWS_ENDPOINT_URL_DYNAMODB`, also used for its streams.
    pub dynamodb: Option<String>,
    /// `AWS_ENDPOINT_URL_S3`.
    pub s3: Option<String>,
    /// `AWS_ENDPOINT_URL_SQS`.
    pub sqs: Option<String>,
    /// Credentials for requests to them: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and
    /// `AWS_SESSION_TOKEN`. The services in this process then use the same key.
    pub access_key: Option<AccessKey>,
}

/// An access key of services outside this process.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// The access key id.
    pub id: String,
    /// The secret access key.
    pub secret: String,
    /// The session token, for temporary credentials.
    pub session_token: Option<String>,
}

// Contains a secret.
impl std::fmt::Debug for AccessKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("AccessKey").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Endpoints {
    /// Reads the SDK's environment variables.
    #[must_use]
    pub fn from_environment() -> Self {
        let access_key = match (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY")) {
            (Some(id), Some(secret)) => {
                Some(AccessKey { id, secret, session_token: variable("AWS_SESSION_TOKEN") })
            }
            _ => None,
        };
        Self {
            dynamodb: variable("AWS_ENDPOINT_URL_DYNAMODB"),
            s3: variable("AWS_ENDPOINT_URL_S3"),
            sqs: variable("AWS_ENDPOINT_URL_SQS"),
            access_key,
        }
    }

    pub(crate) fn any(&self) -> bool {
        self.dynamodb.is_some() || self.s3.is_some() || self.sqs.is_some()
    }
}

/// An environment variable with a value.
#[expect(clippy::disallowed_methods, reason = "the local stack reads its own settings")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The signing identity of the local stack.
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
    /// The environment's own credentials are only used with services outside this process.
    pub(crate) fn choose(endpoints: &Endpoints) -> Self {
        let region = variable("AWS_REGION").unwrap_or_else(|| REGION.to_owned());
        match endpoints.access_key.clone().filter(|_| endpoints.any()) {
            Some(AccessKey { id, secret, session_token }) => {
                Self { region, access_key: id, secret_key: secret, session_token }
            }
            None => Self::generate(region),
        }
    }

    /// A new access key for each start. The emulators reject requests that are not signed with it.
    fn generate(region: String) -> Self {
        let id = rand::random::<[u8; 15]>()
            .map(|byte| char::from(KEY_CHARACTERS[usize::from(byte % 32)]));
        let secret = STANDARD.encode(rand::random::<[u8; 30]>());
        Self {
            region,
            access_key: format!("LOCAL{}", String::from_iter(id)),
            secret_key: secret,
            session_token: None,
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
        Credentials::new(
            &self.access_key,
            &self.secret_key,
            self.session_token.clone(),
            None,
            "local",
        )
    }
}

/// One client per service, over one connection pool that belongs to the runtime that created it.
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
