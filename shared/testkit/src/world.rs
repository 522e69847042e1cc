//! A world: an in-memory deployment for one test.

// Circle: a world makes people and a stand-in for Stripe, and both send requests to it.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use provost_app::{
    ApiCaller, App, Clock, GivenLookup, KeySource, ManualClock, Options, Resolver, Settings,
    resolver::ScriptedResolver,
};
use provost_domain::Timestamp;
use provost_local::{Api, Emulators, Function, Infrastructure, Runner, Schedule, Storage};

use crate::{
    Roles, StandIn, callers::Calls, interceptor::InterceptorControl, right::Right, stripe,
};

pub use crate::infrastructure::infrastructure;

/// The start time of a world, unless set otherwise.
pub const BEGINNING: &str = "2026-11-20T16:00:00Z";

/// A deployment in memory.
pub struct World {
    /// The application of all functions of this world.
    pub app: App,
    /// The clock, which stands still until the test moves it.
    pub clock: Arc<ManualClock>,
    /// The tables, buckets and queues.
    pub emulators: Emulators,
    /// Delivers messages.
    pub runner: Runner,
    /// Intercepts every call to AWS.
    pub interceptor: InterceptorControl,
    /// The stand-in for Stripe.
    pub stripe: StandIn,
    /// The resolver for domains of others.
    pub resolver: ScriptedResolver,
    pub(crate) api: Arc<Api>,
    settings: Settings,
    options: Options,
    infrastructure: Arc<Infrastructure>,
    functions: BTreeSet<String>,
    /// Calls of each function to other services.
    called: Calls,
    /// Messages that the test declares as undelivered, and why.
    left: Mutex<BTreeMap<String, String>>,
}

/// The private keys of all tests, by name, for tests that forge tokens; generating them for each
/// test would only cost time.
pub fn private_keys() -> &'static BTreeMap<String, String> {
    static KEYS: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    KEYS.get_or_init(|| KeySource::generate().expect("randomness"))
}

/// The same keys, with Stripe's secrets.
fn all_keys() -> BTreeMap<String, String> {
    private_keys().clone().into_iter().chain(stripe::secrets()).collect()
}

impl World {
    /// Creates a world with these functions. The closure mounts them over the world's application.
    pub async fn of(functions: impl FnOnce(&App) -> Vec<Function>) -> Self {
        Self::made(all_keys(), &[], functions).await
    }

    /// Creates a world without a Stripe account.
    pub async fn without_stripe(functions: impl FnOnce(&App) -> Vec<Function>) -> Self {
        Self::made(private_keys().clone(), &[], functions).await
    }

    /// Creates a world with one setting of the environment.
    pub async fn with(
        setting: &str,
        value: &str,
        functions: impl FnOnce(&App) -> Vec<Function>,
    ) -> Self {
        Self::made(all_keys(), &[(setting, value)], functions).await
    }

    /// Creates a world with several settings.
    pub async fn with_all(
        settings: &[(&str, &str)],
        functions: impl FnOnce(&App) -> Vec<Function>,
    ) -> Self {
        Self::made(all_keys(), settings, functions).await
    }

    async fn made(
        keys: BTreeMap<String, String>,
        given: &[(&str, &str)],
        functions: impl FnOnce(&App) -> Vec<Function>,
    ) -> Self {
        let infrastructure = infrastructure();
        let emulators = Emulators::start(Storage::Memory).await.expect("the emulators start");
        emulators
            .provision(&infrastructure)
            .await
            .expect("the template's tables, buckets and queues are made");
        let clock = Arc::new(ManualClock::at(BEGINNING.parse::<Timestamp>().expect("a time")));
        let (interceptor, control) = crate::interceptor::interceptor();
        let mut settings = emulators.settings();
        settings.insert("PUBLIC_URL".to_owned(), "https://provost.example".to_owned());
        settings.insert("MAIL_TRANSPORT".to_owned(), "capture".to_owned());
        settings.insert("MAIL_FROM".to_owned(), "hello@provost.example".to_owned());
        let stripe = StandIn::start().await;
        settings.insert("STRIPE_URL".to_owned(), stripe.url().to_owned());
        let s3 = settings.get("AWS_ENDPOINT_URL_S3").cloned().unwrap_or_default();
        let s3 = s3.trim_start_matches("http://").trim_end_matches('/').to_owned();
        settings.insert("OUTBOUND_EXCEPTIONS".to_owned(), s3);
        settings.insert("COUNTRY_HEADER".to_owned(), "cloudfront-viewer-country".to_owned());
        settings
            .extend(given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let resolver = ScriptedResolver::default();
        let options = Options {
            clock: Some(clock.clone() as Arc<dyn Clock>),
            interceptor: Some(interceptor),
            keys: Some(KeySource::given(keys).watched(crate::callers::watch())),
            resolver: Some(Resolver::Scripted(resolver.clone())),
            // No test reaches another machine.
            lookup: Some(GivenLookup(Arc::new(|_| Vec::new()))),
        };
        let app = App::new(&settings, options.clone()).await.expect("the settings are complete");
        let called = Calls::default();
        let mounted: Vec<_> =
            functions(&app).into_iter().map(|function| called.of(function)).collect();
        let names = mounted.iter().map(|function| function.name.clone()).collect();
        let api = Api::new(&infrastructure, mounted.clone())
            .expect("every route has a function")
            .measured(emulators.requests())
            .patient(30);
        let api = Arc::new(api);
        app.connect_api(ApiCaller::local(api.caller()));
        let runner = Runner::new(&infrastructure, &emulators, mounted)
            .expect("every trigger has a queue or stream");
        Self {
            app,
            clock,
            emulators,
            runner,
            interceptor: control,
            stripe,
            resolver,
            api,
            settings,
            options,
            infrastructure,
            functions: names,
            called,
            left: Mutex::default(),
        }
    }

    /// Advances the clock, in milliseconds, and invokes the functions of this world by the
    /// template's schedules, each at its time.
    pub async fn pass(&self, millis: i64) {
        let end = self.app.now().millis() + millis;
        let next = |schedule: &Schedule, after: i64| {
            schedule.timetable.next_after_millis(after).filter(|next| *next <= end)
        };
        let mounted = self
            .infrastructure
            .schedules
            .iter()
            .filter(|schedule| self.functions.contains(&schedule.function));
        let mut due: Vec<_> = mounted
            .filter_map(|schedule| Some((next(schedule, self.app.now().millis())?, schedule)))
            .collect();
        while let Some(index) = (0..due.len()).min_by_key(|index| due[*index].0) {
            let (time, schedule) = due.swap_remove(index);
            self.clock.advance(time - self.app.now().millis());
            let name = format!("{}/{}", schedule.function, schedule.name);
            let outcome = self.runner.fire(&name, None).await.expect("the schedule is known");
            outcome.unwrap_or_else(|cause| panic!("{name} failed: {cause}"));
            due.extend(next(schedule, time).map(|time| (time, schedule)));
        }
        self.clock.advance(end - self.app.now().millis());
    }

    /// The application of this world with other settings, such as the names of restored tables.
    pub async fn app_with<'a>(&self, changed: impl IntoIterator<Item = (&'a str, String)>) -> App {
        let mut settings = self.settings.clone();
        settings.extend(changed.into_iter().map(|(name, value)| (name.to_owned(), value)));
        App::new(&settings, self.options.clone()).await.expect("the settings are complete")
    }

    /// The template of this world.
    pub fn infrastructure(&self) -> &Infrastructure {
        &self.infrastructure
    }

    /// Delivers every message and stream record until nothing is left, and fails the test if a
    /// function failed.
    pub async fn settle(&self) -> usize {
        let report = self.runner.settle().await;
        assert!(report.failed.is_empty(), "deliveries failed: {:?}", report.failed);
        report.delivered
    }

    /// Declares that the test ends with undelivered messages on purpose, and why: those in
    /// `outbox`, or on the queue of this name. A world reports any other message that one of its
    /// functions should have received, and declared places that are empty.
    pub fn leaves(&self, place: &str, reason: &str) {
        self.left
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(place.to_owned(), reason.to_owned());
    }

    /// The messages that functions of this world should have received and did not, as text: those
    /// of the outbox, and those on queues.
    fn undelivered(&self) -> Vec<String> {
        let outbox = self
            .functions
            .contains("outbox")
            .then(|| ("outbox", self.emulators.items_beginning("operations", "OUTBOX#")));
        let queues = self
            .runner
            .queues()
            .into_iter()
            .map(|queue| (queue, self.emulators.undelivered(queue)));
        let waiting: BTreeMap<_, _> =
            outbox.into_iter().chain(queues).filter(|(_, count)| *count > 0).collect();
        let left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let unsaid = waiting.iter().filter(|(place, _)| !left.contains_key(**place));
        let unsaid = unsaid.map(|(place, count)| {
            format!("{count} in {place}: end the test with `world.settle().await`, or say `world.leaves(\"{place}\", \"why\")`")
        });
        let empty = left.iter().filter(|(place, _)| !waiting.contains_key(place.as_str()));
        let empty = empty.map(|(place, reason)| {
            format!("none in {place}, although the test says that it leaves some: {reason}")
        });
        unsaid.chain(empty).collect()
    }

    /// Advances the clock, in milliseconds.
    pub fn advance(&self, millis: i64) {
        self.clock.advance(millis);
    }

    /// A client that is not signed in.
    pub fn anyone(&self) -> crate::Someone<'_> {
        crate::Someone::anonymous(self)
    }

    pub(crate) const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
}

impl Drop for World {
    fn drop(&mut self) {
        // A failed test already reports its reason.
        if !std::thread::panicking() {
            let undelivered = self.undelivered();
            assert!(undelivered.is_empty(), "undelivered messages: {}", undelivered.join("; "));
            let called = self.called.rights();
            let roles = Roles::shared();
            // Calls to tables are compared where every route is measured, and by
            // `infra/lint/lint.sh --rights`.
            let other = |rights: &BTreeSet<Right>| {
                rights
                    .iter()
                    .filter(|right| !right.action.starts_with("dynamodb:"))
                    .cloned()
                    .collect::<Vec<_>>()
            };
            let lacking: Vec<_> = called
                .iter()
                .flat_map(|(function, rights)| roles.lacking(function, &other(rights)))
                .collect();
            assert!(
                lacking.is_empty(),
                "rights that the role in template.yaml lacks:\n{}",
                lacking.join("\n")
            );
            crate::callers::record(&called);
        }
    }
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("World")
    }
}
