//! Access of commands to the platform: running on this machine, stopped on this machine, or
//! deployed on AWS.

use std::path::{Path, PathBuf};

use provost_app::{App, Options, Settings};
use provost_local::{DataFolder, Emulators, Infrastructure, KEYS, Storage};

use crate::{Failed, keys, running::Running};

/// The environment of a command.
#[derive(Debug, Clone)]
pub struct Environment {
    /// Data folder of the local platform.
    pub directory: PathBuf,
    /// Environment variables.
    pub environment: Settings,
}

impl Environment {
    /// The environment of this process.
    pub fn of_this_process() -> Self {
        // Variables that are not UTF-8 are not settings.
        let environment: Settings = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let directory = environment
            .get("PROVOST_DIRECTORY")
            .filter(|path| !path.is_empty())
            .map_or_else(|| PathBuf::from(".provost"), PathBuf::from);
        Self { directory, environment }
    }

    /// The value of a variable; `None` if it is empty or not set.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

/// The template that this program was built with.
///
/// # Errors
/// When the template is not well-formed.
pub fn infrastructure() -> Result<Infrastructure, Failed> {
    Ok(Infrastructure::parse(
        include_str!("../../../template.yaml"),
        include_str!("../../data.yaml"),
    )?)
}

/// The environment of the functions on this machine.
pub fn settings(emulators: &Emulators, surroundings: &Environment, url: &str) -> Settings {
    let mut settings = emulators.settings();
    settings.insert("PUBLIC_URL".to_owned(), url.to_owned());
    settings.insert("MAIL_TRANSPORT".to_owned(), "simulate".to_owned());
    settings.insert("MAIL_FROM".to_owned(), "provost@localhost".to_owned());
    settings.insert(
        "KEYS_DIRECTORY".to_owned(),
        keys_directory(&surroundings.directory).display().to_string(),
    );
    // No real name servers are queried from here. A line in a local file replaces a record.
    settings.insert(
        "DNS_TXT_FILE".to_owned(),
        surroundings.variable("DNS_TXT_FILE").unwrap_or("/dev/null").to_owned(),
    );
    // The built-in S3 may be entered as the store of a bucket.
    let s3 = settings.get("AWS_ENDPOINT_URL_S3").map_or("", String::as_str);
    let s3 = s3.split("://").last().unwrap_or_default().trim_end_matches('/').to_owned();
    let named = surroundings.variable("OUTBOUND_EXCEPTIONS").unwrap_or_default();
    settings.insert("OUTBOUND_EXCEPTIONS".to_owned(), format!("{s3} {named}"));
    for name in ["OUTBOUND_STAND_INS", "PASSWORD_POLICY", "STRIPE_URL"] {
        if let Some(value) = surroundings.variable(name) {
            settings.insert(name.to_owned(), value.to_owned());
        }
    }
    settings
}

/// The directory of the local keys.
pub fn keys_directory(directory: &Path) -> PathBuf {
    directory.join(KEYS)
}

/// A platform that commands can use.
#[derive(Debug)]
pub struct Platform {
    /// The application of the platform.
    pub app: App,
    /// Whether it is a deployment on AWS.
    pub is_deployed: bool,
    emulators: Option<Emulators>,
}

impl Platform {
    /// Connects to the platform: the deployment if its environment is set, otherwise the one of the
    /// local directory, running or stopped.
    ///
    /// # Errors
    /// When it is not available, or no platform was ever started in the local directory.
    pub async fn reach(surroundings: &Environment) -> Result<Self, Failed> {
        if surroundings.variable("TABLE_ACCOUNTS").is_some() {
            let app = App::new(&surroundings.environment, Options::default()).await?;
            return Ok(Self { app, is_deployed: true, emulators: None });
        }
        if let Some(running) = Running::find(&surroundings.directory)? {
            let app = App::new(&running.settings, Options::default()).await?;
            return Ok(Self { app, is_deployed: false, emulators: None });
        }
        if !DataFolder::holds_data(&surroundings.directory) {
            return Err(Failed::new(format!(
                "{} holds no data of Provost. Run this command where Provost was started, or set PROVOST_DIRECTORY to its data folder.",
                std::path::absolute(&surroundings.directory)?.display()
            )));
        }
        let emulators =
            Emulators::start(Storage::Directory(surroundings.directory.clone())).await?;
        emulators.provision(&infrastructure()?).await?;
        keys::ensure(&keys_directory(&surroundings.directory))?;
        // Commands on a stopped platform print no links, so the address does not matter.
        let app = App::new(
            &settings(&emulators, surroundings, "http://127.0.0.1:3000"),
            Options::default(),
        )
        .await?;
        Ok(Self { app, is_deployed: false, emulators: Some(emulators) })
    }

    /// Disconnects; written data is kept.
    pub async fn leave(self) {
        if let Some(emulators) = self.emulators {
            emulators.stop().await;
        }
    }
}
