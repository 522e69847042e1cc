//! The application: clients, clock, keys and settings, assembled once when a function starts. Only
//! this crate reads the environment.

pub mod api;
pub mod assigned_stores;
pub mod clock;
mod connectors;
pub mod key_source;
pub mod mailer;
mod memory;
mod obstacles;
pub mod origin;
pub mod releases;
pub mod resolver;
mod settings;
pub mod stripe;
pub mod worker;

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use aws_credential_types::Credentials;
use provost_auth::Verifier;
use provost_domain::{RequestId, Timestamp, message::Message, password::PasswordPolicy};
use provost_store::{
    Names, Now, Store, StoreError,
    aws::Aws,
    outbound::{Lookup, Outbound},
};
use ulid::Ulid;

use api::Functions;
use settings::{allowed_origins, dead_letters, name_servers};

pub use api::ApiCaller;
pub use clock::{Clock, ManualClock, SystemClock};
pub use key_source::KeySource;
pub use mailer::{Mailer, SendError};
pub use origin::Origin;
pub use provost_store::aws::AwsInterceptor;
pub use releases::{Releases, ReleasesError};
pub use resolver::Resolver;
pub use stripe::Stripe;

/// The application context of a function. Cloning shares it. A handle may belong to one request,
/// whose id is then in the messages that it sends and the audit entries of workers.
#[derive(Debug, Clone)]
pub struct App {
    inner: Arc<Inner>,
    store: Store,
}

#[derive(Debug)]
struct Inner {
    clock: Arc<dyn Clock>,
    verifier: Verifier,
    keys: KeySource,
    mailer: Mailer,
    stripe: Stripe,
    releases: Releases,
    public_url: String,
    password_policy: PasswordPolicy,
    country_header: Option<String>,
    origin: Origin,
    allowed_origins: Vec<String>,
    resolver: Resolver,
    outbound: Outbound,
    name_servers: Vec<String>,
    memory: memory::Memory,
    functions: Option<Functions>,
    api: OnceLock<ApiCaller>,
}

/// The environment of a function, by variable name.
pub type Settings = BTreeMap<String, String>;

/// A setting in the environment is missing or invalid.
#[derive(Debug, thiserror::Error)]
#[error("the setting {name} {problem}")]
pub struct ConfigError {
    /// The variable.
    pub name: &'static str,
    /// What is wrong with it.
    pub problem: String,
}

/// What differs between a function on AWS, the local stack and a test.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The clock; the system clock by default.
    pub clock: Option<Arc<dyn Clock>>,
    /// Intercepts every call to AWS.
    pub interceptor: Option<AwsInterceptor>,
    /// The keys; read from the configured source by default.
    pub keys: Option<KeySource>,
    /// The resolver for customers' domains; chosen by the settings by default.
    pub resolver: Option<Resolver>,
    /// Resolves the names of servers that staff enter; the system's resolver by default.
    pub lookup: Option<GivenLookup>,
}

/// A resolver that a test gives.
#[derive(Clone)]
pub struct GivenLookup(pub Lookup);

impl std::fmt::Debug for GivenLookup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GivenLookup")
    }
}

impl App {
    /// Creates the application of this process from its environment.
    ///
    /// # Errors
    /// [`ConfigError`] when a setting is missing or invalid.
    #[expect(clippy::disallowed_methods, reason = "this is where settings are read")]
    pub async fn from_env() -> Result<Self, ConfigError> {
        Self::new(&std::env::vars().collect(), Options::default()).await
    }

    /// Creates the application from given settings.
    ///
    /// # Errors
    /// [`ConfigError`] when a setting is missing or invalid.
    pub async fn new(settings: &Settings, options: Options) -> Result<Self, ConfigError> {
        let aws = aws(settings, options.interceptor)?;
        let get = |name: &'static str| required(settings, name);
        let names = Names {
            accounts: get("TABLE_ACCOUNTS")?,
            organisations: get("TABLE_ORGANISATIONS")?,
            operations: get("TABLE_OPERATIONS")?,
            catalogue: get("TABLE_CATALOGUE")?,
            audit: get("TABLE_AUDIT")?,
            files: get("BUCKET_FILES")?,
            exports: get("BUCKET_EXPORTS")?,
            index: get("BUCKET_INDEX")?,
            mail_queue: get("QUEUE_MAIL")?,
            export_queue: get("QUEUE_EXPORT")?,
            deletion_queue: get("QUEUE_DELETION")?,
            bulk_queue: get("QUEUE_BULK")?,
            dead_letters: dead_letters(settings),
        };
        let keys = match options.keys {
            Some(keys) => keys,
            None => KeySource::from_settings(settings, &aws)?,
        };
        let verifier = keys.verifier(settings)?;
        let stripe = Stripe::from_settings(settings, keys.clone())?;
        let releases = Releases::from_settings(settings)?;
        let password_policy = password_policy(settings)?;
        let country_header = settings
            .get("COUNTRY_HEADER")
            .filter(|name| !name.is_empty())
            .map(|name| name.to_ascii_lowercase());
        let origin = Origin::from_settings(settings)?;
        let allowed_origins =
            allowed_origins(settings.get("ALLOWED_ORIGINS").map_or("", String::as_str))?;
        let resolver = options.resolver.unwrap_or_else(|| Resolver::from_settings(settings));
        let text = |name: &str| settings.get(name).map_or("", String::as_str);
        let outbound = Outbound::new(
            text("OUTBOUND_EXCEPTIONS"),
            text("OUTBOUND_STAND_INS"),
            options.lookup.map(|given| given.0),
        );
        let mailer = Mailer::from_settings(settings, &aws, &keys, &outbound)?;
        let name_servers = name_servers(settings)?;
        let public_url = get("PUBLIC_URL")?.trim_end_matches('/').to_owned();
        let clock: Arc<dyn Clock> = options.clock.unwrap_or_else(|| Arc::new(SystemClock));
        let time = clock.clone();
        let store = Store::new(&aws, names, Now::new(move || time.now()));
        let inner = Arc::new(Inner {
            clock,
            verifier,
            keys,
            mailer,
            stripe,
            releases,
            public_url,
            password_policy,
            country_header,
            origin,
            allowed_origins,
            resolver,
            outbound,
            name_servers,
            memory: memory::Memory::default(),
            functions: Functions::from_settings(settings, &aws)?,
            api: OnceLock::new(),
        });
        Ok(Self { inner, store })
    }

    /// The same application for one request or one run of a job.
    #[must_use]
    pub fn for_request(&self, id: RequestId) -> Self {
        Self { inner: self.inner.clone(), store: self.store.for_request(id) }
    }

    /// The id of the request or run that this handle belongs to; a new id if it belongs to none.
    pub fn request_id(&self) -> RequestId {
        self.store.request_id().unwrap_or_else(|| self.id(RequestId::new))
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The current time.
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// A new identifier of any kind: `app.id(UserId::new)`. Identifiers sort by creation time.
    pub fn id<T>(&self, kind: impl FnOnce(Ulid) -> T) -> T {
        kind(Ulid::from_parts(
            u64::try_from(self.now().millis()).unwrap_or(0),
            self.inner.clock.random(),
        ))
    }

    /// The public halves of the signing keys.
    pub fn verifier(&self) -> &Verifier {
        &self.inner.verifier
    }

    /// The private halves; each is read on first use.
    pub fn keys(&self) -> &KeySource {
        &self.inner.keys
    }

    /// The email transport.
    pub fn mailer(&self) -> &Mailer {
        &self.inner.mailer
    }

    /// The Stripe client.
    pub fn stripe(&self) -> &Stripe {
        &self.inner.stripe
    }

    /// The list of releases of this software.
    pub fn releases(&self) -> &Releases {
        &self.inner.releases
    }

    /// The public base URL, without a trailing slash.
    pub fn public_url(&self) -> &str {
        &self.inner.public_url
    }

    /// The policy for new passwords.
    pub fn password_policy(&self) -> PasswordPolicy {
        self.inner.password_policy
    }

    /// The header in which the content delivery network sends the caller's country; `None` without
    /// such a network.
    pub fn country_header(&self) -> Option<&str> {
        self.inner.country_header.as_deref()
    }

    /// The configuration of the content delivery network in front of the deployment.
    pub fn origin(&self) -> &Origin {
        &self.inner.origin
    }

    /// The origins whose scripts may call the API from a browser; none unless the deployment lists
    /// them.
    pub fn allowed_origins(&self) -> &[String] {
        &self.inner.allowed_origins
    }

    /// The resolver for customers' domains.
    pub fn resolver(&self) -> &Resolver {
        &self.inner.resolver
    }

    /// Sends requests to servers that staff entered.
    pub fn outbound(&self) -> &Outbound {
        &self.inner.outbound
    }

    /// The name servers that serve this deployment's zones, without the trailing dot; empty when
    /// there are none.
    pub fn name_servers(&self) -> &[String] {
        &self.inner.name_servers
    }

    /// What this process keeps between requests: one value of the type, made on first use.
    pub fn memory<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        self.inner.memory.get()
    }

    /// Sends requests to the routes of this API, which are in a table: method, path and function, one
    /// route a line. `None` in a function that may call none.
    pub fn api(&self, table: &'static str) -> Option<&ApiCaller> {
        match &self.inner.functions {
            Some(functions) => Some(self.inner.api.get_or_init(|| functions.caller(table))),
            None => self.inner.api.get(),
        }
    }

    /// Connects the portal with the functions that run in this process. Only the first call counts.
    pub fn connect_api(&self, caller: ApiCaller) {
        let _ = self.inner.api.set(caller);
    }

    /// Begins a transaction, of the request that this handle belongs to.
    pub fn transaction(&self) -> provost_store::Transaction {
        self.store().transaction()
    }

    /// Sends a message as part of a transaction.
    ///
    /// # Errors
    /// `Unreadable` when it cannot be serialized.
    pub fn send(
        &self,
        tx: &mut provost_store::Transaction,
        message: Message,
    ) -> Result<(), StoreError> {
        tx.send(self.id(provost_domain::MessageId::new), message, self.now())
    }
}

/// Starts the log of a function on Lambda, before the other settings are read, so that an error in
/// those is logged.
#[expect(clippy::disallowed_methods, reason = "logging starts before the settings are read")]
pub fn start_logging() {
    let namespace = std::env::var("METRICS_NAMESPACE").unwrap_or_default();
    // CloudWatch drops metrics without a namespace.
    provost_telemetry::init_json(if namespace.is_empty() { "Provost" } else { &namespace });
}

/// The policy for new passwords that the settings choose.
///
/// # Errors
/// [`ConfigError`] for an unknown policy.
pub fn password_policy(settings: &Settings) -> Result<PasswordPolicy, ConfigError> {
    match settings.get("PASSWORD_POLICY").map(String::as_str) {
        None | Some("" | "composed") => Ok(PasswordPolicy::Composed),
        Some("length-only") => Ok(PasswordPolicy::LengthOnly),
        Some(_) => Err(ConfigError {
            name: "PASSWORD_POLICY",
            problem: "is neither composed nor length-only".to_owned(),
        }),
    }
}

/// Reads a required setting.
///
/// # Errors
/// [`ConfigError`] when it is missing or empty.
pub fn required(settings: &Settings, name: &'static str) -> Result<String, ConfigError> {
    settings
        .get(name)
        .filter(|value| !value.is_empty())
        .cloned()
        .ok_or(ConfigError { name, problem: "is missing".to_owned() })
}

/// The configuration of the AWS clients. Lambda puts credentials into the environment, and so does
/// `aws configure export-credentials`.
fn aws(settings: &Settings, interceptor: Option<AwsInterceptor>) -> Result<Aws, ConfigError> {
    let credentials = Credentials::new(
        required(settings, "AWS_ACCESS_KEY_ID")?,
        required(settings, "AWS_SECRET_ACCESS_KEY")?,
        settings.get("AWS_SESSION_TOKEN").cloned(),
        None,
        "environment",
    );
    Ok(Aws::new(required(settings, "AWS_REGION")?, credentials, settings, interceptor))
}
