//! `provost`: the whole platform on this machine, until Ctrl-C.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    time::Duration,
};

use provost_app::{App, Options};
use provost_local::{Api, Emulators, Gateway, Runner, Storage};
use tracing::info;

use crate::{
    Failed, functions, keys, operator,
    platform::{self, Surroundings},
    resume,
    root::{self, Root},
    running::{self, Running},
};

/// The port, unless `PORT` says otherwise.
pub const PORT: u16 = 3000;
/// How long a stop waits for messages that are still on the queues.
const LAST_DELIVERIES: Duration = Duration::from_secs(10);

/// Runs the platform until it is told to stop.
///
/// # Errors
/// When something that it needs cannot be had: the port, the directory, an acceptable root password.
pub async fn run(surroundings: &Surroundings, fresh: bool) -> Result<(), Failed> {
    provost_telemetry::init_terminal();
    let stop = Stop::listen()?;
    if fresh {
        forget(&surroundings.directory)?;
    }
    let started = Started::begin(surroundings).await?;
    operator::tell(&started.banner(surroundings))?;
    stop.asked().await;
    info!("stopping; what is under way is finished first");
    started.stop(surroundings).await;
    Ok(())
}

/// A platform that runs.
struct Started {
    url: String,
    root: Root,
    gateway: provost_local::Running,
    deliveries: provost_local::Running,
    runner: Runner,
    emulators: Emulators,
}

impl Started {
    async fn begin(surroundings: &Surroundings) -> Result<Self, Failed> {
        let port = match surroundings.variable("PORT") {
            None => PORT,
            Some(port) => port.parse().map_err(|_| Failed::new("PORT must be a number from 0 to 65535"))?,
        };
        // The port first: when another program has it, nothing else was begun.
        let gateway = Gateway::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
            .await
            .map_err(|cause| Failed::because("choose another port with PORT=…, or stop what uses this one", &cause))?;
        let url = gateway.url();
        let directory = std::path::absolute(&surroundings.directory)?;
        let emulators = Emulators::start(Storage::Directory(directory.clone())).await?;
        let infrastructure = platform::infrastructure()?;
        emulators.provision(&infrastructure).await?;
        keys::ensure(&platform::keys_directory(&directory))?;
        let settings = platform::settings(&emulators, &Surroundings { directory: directory.clone(), ..surroundings.clone() }, &url);
        let app = App::new(&settings, Options::default()).await?;
        let root = root::ensure(&app, surroundings).await?;
        app.store().seed_plans(app.now()).await?;
        let mounted = functions(&app);
        let api = Api::new(&infrastructure, mounted.clone())?;
        let runner = Runner::new(&infrastructure, &emulators, mounted)?;
        resume::resume(&app, &runner).await;
        let gateway = gateway.serve(api);
        let deliveries = runner.spawn();
        Running { url: url.clone(), settings }.announce(&directory)?;
        Ok(Self { url, root, gateway, deliveries, runner, emulators })
    }

    /// Requests end first, so that nothing new comes; then what they announced is still delivered, since the queues forget when the process ends.
    async fn stop(self, surroundings: &Surroundings) {
        Running::withdraw(&surroundings.directory);
        self.gateway.stop().await;
        self.deliveries.stop().await;
        match tokio::time::timeout(LAST_DELIVERIES, self.runner.settle()).await {
            Ok(report) => info!(delivered = report.delivered, "the queues are empty"),
            Err(_) => info!("some work goes on at the next start"),
        }
        self.emulators.stop().await;
    }

    fn banner(&self, surroundings: &Surroundings) -> String {
        let email = self.root.email();
        let (account, password) = match &self.root {
            Root::Made { password, generated: true, .. } => {
                (format!("  root account   {email}\n  password       {password}   (shown this once)\n"), password.as_str())
            }
            Root::Made { .. } => (format!("  root account   {email}, with the password from PROVOST_ROOT_PASSWORD\n"), "…"),
            Root::There { .. } => (format!("  root account   {email}, from an earlier start\n"), "…"),
        };
        format!(
            "\nProvost is ready at {url}\n\n{account}  data           {directory}\n\nSign in:\n  curl -sS {url}/api/sessions/login -H 'content-type: application/json' \\\n    -d '{{\"email\": \"{email}\", \"password\": \"{password}\"}}'\n\nAdd people with `cargo run -- seed --users 1000` in another terminal. Stop with Ctrl-C.\n",
            url = self.url,
            directory = surroundings.directory.display(),
        )
    }
}

/// Removes what earlier runs kept. Only a directory of ours: it has a lock, and nobody holds it.
fn forget(directory: &Path) -> Result<(), Failed> {
    if !directory.exists() {
        return Ok(());
    }
    if !directory.join("lock").is_file() {
        return Err(Failed::new(format!("{} holds something that is not ours; remove it yourself", directory.display())));
    }
    if running::is_locked(directory)? {
        return Err(Failed::new(format!("another process uses {}; stop that one first", directory.display())));
    }
    std::fs::remove_dir_all(directory)?;
    Ok(())
}

/// The wish to stop: Ctrl-C, or what a service manager sends.
struct Stop {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl Stop {
    /// From now on, also while starting, a signal is a wish and not an end.
    fn listen() -> Result<Self, Failed> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn asked(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
