//! `provost`: the entire platform on this machine, until Ctrl-C.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use provost_app::{ApiCaller, App, Options};
use provost_local::{Api, DataFolder, Emulators, Gateway, Runner, Storage};
use tokio::time::{Instant, timeout_at};
use tracing::{info, warn};

use crate::{
    Failed, functions, keys, operator,
    platform::{self, Environment},
    resume,
    root::{self, Root, RootSettings},
    running::Running,
};

/// Default port; `PORT` overrides it.
pub const PORT: u16 = 3000;
/// Deadlines of the parts of a stop, counted from its beginning: requests, deliveries, the rest of
/// the queues, the services. A stop takes less than five seconds in total; unfinished work
/// continues at the next start.
const REQUESTS: Duration = Duration::from_millis(1500);
const DELIVERIES: Duration = Duration::from_millis(3000);
const QUEUES: Duration = Duration::from_millis(3700);
const SERVICES: Duration = Duration::from_millis(4200);

/// Runs the platform until it is stopped.
///
/// # Errors
/// When a requirement is missing: the port, the directory, a valid root password.
pub async fn run(surroundings: &Environment, fresh: bool) -> Result<(), Failed> {
    provost_telemetry::init_terminal();
    let mut stop = Stop::listen()?;
    let started = tokio::select! {
        started = Started::begin(surroundings, fresh) => started?,
        // The next start completes what was begun.
        () = stop.asked() => return Ok(()),
    };
    operator::notify(&started.banner(surroundings))?;
    stop.asked().await;
    info!("stopping. Press Ctrl-C again to stop immediately");
    tokio::select! {
        () = started.stop(surroundings) => {}
        () = stop.asked() => info!("stopped immediately. Unfinished work continues at the next start"),
    }
    Ok(())
}

/// A running platform.
struct Started {
    url: String,
    root: Root,
    /// Kept for the portal, which calls it.
    _api: Arc<Api>,
    gateway: provost_local::Running,
    deliveries: provost_local::Running,
    runner: Runner,
    emulators: Emulators,
}

impl Started {
    async fn begin(surroundings: &Environment, fresh: bool) -> Result<Self, Failed> {
        // All checks come before anything is created or deleted.
        let port = match surroundings.variable("PORT") {
            None => PORT,
            Some(port) => port.parse().map_err(|_| {
                Failed::new(format!("PORT must be a number from 0 to 65535, not `{port}`"))
            })?,
        };
        provost_app::password_policy(&surroundings.environment)?;
        let root_settings = RootSettings::read(surroundings)?;
        let infrastructure = platform::infrastructure()?;
        let gateway = Gateway::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await.map_err(|cause| {
            Failed::because("the port cannot be used. Choose another one with PORT=…, or stop the program that uses it", &cause)
        })?;
        let url = gateway.url();
        let directory = std::path::absolute(&surroundings.directory)?;
        let folder = DataFolder::claim(&directory)?;
        if fresh {
            folder.clear(&keys::names()?)?;
        }
        let emulators = Emulators::start(Storage::Folder(folder)).await?;
        emulators.provision(&infrastructure).await?;
        keys::ensure(&platform::keys_directory(&directory))?;
        let settings = platform::settings(
            &emulators,
            &Environment { directory: directory.clone(), ..surroundings.clone() },
            &url,
        );
        let app = App::new(&settings, Options::default()).await?;
        let root = root::ensure(&app, &root_settings, &directory).await?;
        app.store().seed_plans(app.now()).await?;
        let mounted = functions(&app);
        let api = Api::new(&infrastructure, mounted.clone())?.measured(emulators.requests());
        let api = Arc::new(api);
        app.connect_api(ApiCaller::local(api.caller()));
        let runner = Runner::new(&infrastructure, &emulators, mounted)?;
        resume::resume(&app, &runner).await;
        let gateway = gateway.serve(Api::clone(&api));
        let deliveries = runner.spawn();
        Running { url: url.clone(), settings }.announce(&directory)?;
        Ok(Self { url, root, _api: api, gateway, deliveries, runner, emulators })
    }

    /// Requests end first, so that no new work arrives; then their messages are delivered, since
    /// the queues are lost when the process ends.
    async fn stop(self, surroundings: &Environment) {
        let begun = Instant::now();
        let until = |end: Duration| (begun + end).saturating_duration_since(Instant::now());
        Running::withdraw(&surroundings.directory);
        let requests = self.gateway.stop_within(until(REQUESTS)).await;
        let deliveries = self.deliveries.stop_within(until(DELIVERIES)).await;
        let queues = timeout_at(begun + QUEUES, self.runner.settle()).await;
        if !requests || !deliveries || queues.is_err() {
            warn!("some work was interrupted. It continues at the next start");
        }
        if timeout_at(begun + SERVICES, self.emulators.stop()).await.is_err() {
            warn!("the services did not stop in time");
        }
    }

    fn banner(&self, surroundings: &Environment) -> String {
        let email = self.root.email();
        let (account, password) = match &self.root {
            Root::Made { password, generated: true, .. }
            | Root::There { password: Some(password), .. } => (
                format!("  root account   {email}\n  password       {password}\n"),
                password.as_str(),
            ),
            Root::Made { .. } => (
                format!("  root account   {email}, with the password from PROVOST_ROOT_PASSWORD\n"),
                "…",
            ),
            Root::There { password: None, .. } => {
                (format!("  root account   {email}, created at an earlier start\n"), "…")
            }
            Root::Missing { .. } => (
                format!(
                    "  root account   none: {email} belongs to another user. Run `cargo run -- promote EMAIL` in another terminal to make a user root\n"
                ),
                "…",
            ),
        };
        let note = match &self.root {
            Root::There { ignored: Some(ignored), .. } => format!("  note           {ignored}\n"),
            _ => String::new(),
        };
        format!(
            "\nProvost is ready at {url}\n\n  portal         {url}/staff\n{account}{note}  data           {directory}\n\nSign in:\n  curl -sS {url}/api/sessions/login -H 'content-type: application/json' \\\n    -d '{{\"email\": \"{email}\", \"password\": \"{password}\"}}'\n\nCreate sample users with `cargo run -- seed --users 1000` in another terminal. This is for development only. The README describes how to deploy. Stop with Ctrl-C.\n",
            url = self.url,
            directory = surroundings.directory.display(),
        )
    }
}

/// The stop signal: Ctrl-C, or SIGTERM from a service manager.
struct Stop {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl Stop {
    /// From here, also during the start, a signal requests a stop instead of ending the process.
    fn listen() -> Result<Self, Failed> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
