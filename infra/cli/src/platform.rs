//! The platform as the tools reach it: running on this machine, resting on this machine, or
//! deployed on AWS.

use std::path::{Path, PathBuf};

use provost_app::{App, Options, Settings};
use provost_local::{DataFolder, Emulators, Infrastructure, KEYS, Storage};

use crate::{Failed, keys, running::Running};

/// Where a command was given.
#[derive(Debug, Clone)]
pub struct Environment {
    /// Where the local platform keeps its data.
    pub directory: PathBuf,
    /// The environment's variables.
    pub environment: Settings,
}

impl Environment {
    /// The surroundings of this process.
    pub fn of_this_process() -> Self {
        // Variables that are no text are nobody's settings.
        let environment: Settings = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let directory = environment
            .get("PROVOST_DIRECTORY")
            .filter(|path| !path.is_empty())
            .map_or_else(|| PathBuf::from(".provost"), PathBuf::from);
        Self { directory, environment }
    }

    /// A variable that is set to something.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

/// What the template declares, as it was when this program was built.
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
    // Nobody else's name servers are asked from here. A line in a file of the developer's own
    // stands for a record.
    settings.insert(
        "DNS_TXT_FILE".to_owned(),
        surroundings.variable("DNS_TXT_FILE").unwrap_or("/dev/null").to_owned(),
    );
    if let Some(policy) = surroundings.variable("PASSWORD_POLICY") {
        settings.insert("PASSWORD_POLICY".to_owned(), policy.to_owned());
    }
    settings
}

/// Where the local keys are.
pub fn keys_directory(directory: &Path) -> PathBuf {
    directory.join(KEYS)
}

/// A platform in reach.
#[derive(Debug)]
pub struct Platform {
    /// The application over it.
    pub app: App,
    /// Whether it is a deployment on AWS.
    pub is_deployed: bool,
    emulators: Option<Emulators>,
}

impl Platform {
    /// Reaches the platform that the surroundings mean: the deployment whose environment is set,
    /// else the one of the local directory, whether it runs or not.
    ///
    /// # Errors
    /// When it cannot be reached, or no platform was ever started in the local directory.
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
        // Nothing that a tool does at rest prints a link, so the address need not be the right one.
        let app = App::new(
            &settings(&emulators, surroundings, "http://127.0.0.1:3000"),
            Options::default(),
        )
        .await?;
        Ok(Self { app, is_deployed: false, emulators: Some(emulators) })
    }

    /// Lets go of it; what was written is kept.
    pub async fn leave(self) {
        if let Some(emulators) = self.emulators {
            emulators.stop().await;
        }
    }
}
