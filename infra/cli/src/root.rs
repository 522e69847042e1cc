//! The first root account of a local platform, so that someone can sign in.

use std::{fs, path::Path};

use provost_app::App;
use provost_domain::{
    Email, Pseudonym, User, UserId, new_user_record::NewUserRecord, secret::SubjectKey,
};
use provost_local::FIRST_PASSWORD;
use provost_operations::{OperationError, user::create_root};
use provost_store::{Conflict, StoreError};

use crate::{Failed, keys::write_private, platform::Environment, promote::op};

/// Default email address; `PROVOST_ROOT_EMAIL` overrides it.
pub const EMAIL: &str = "root@provost.example";

/// Valid settings of the first root account, from the environment.
#[derive(Clone)]
pub struct RootSettings {
    email: Email,
    is_email_given: bool,
    password: Option<String>,
}

// May contain a password.
impl std::fmt::Debug for RootSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RootSettings").finish_non_exhaustive()
    }
}

impl RootSettings {
    /// Reads and checks the settings, before anything is created or deleted.
    ///
    /// # Errors
    /// When the address or the password is not valid.
    pub fn read(surroundings: &Environment) -> Result<Self, Failed> {
        let given = surroundings.variable("PROVOST_ROOT_EMAIL");
        let email: Email = given
            .unwrap_or(EMAIL)
            .parse()
            .map_err(|error| Failed::new(format!("PROVOST_ROOT_EMAIL: {error}")))?;
        let password = surroundings.variable("PROVOST_ROOT_PASSWORD").map(str::to_owned);
        if let Some(password) = &password {
            provost_app::password_policy(&surroundings.environment)?
                .check(password, &email)
                .map_err(|refused| {
                    Failed::new(format!("PROVOST_ROOT_PASSWORD: {}", Failed::from(refused)))
                })?;
        }
        Ok(Self { email, is_email_given: given.is_some(), password })
    }
}

/// The state of the root account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Root {
    /// This start created it.
    Made {
        /// Its address.
        email: Email,
        /// Its password.
        password: String,
        /// Whether the password was generated.
        generated: bool,
    },
    /// It already existed.
    There {
        /// Its address.
        email: Email,
        /// The generated password, unless it was changed.
        password: Option<String>,
        /// Settings of the environment without effect, and why, as a sentence.
        ignored: Option<String>,
    },
    /// Another user has the address, and there is no root administrator.
    Missing {
        /// The address.
        email: Email,
    },
}

impl Root {
    /// Its address.
    pub const fn email(&self) -> &Email {
        match self {
            Self::Made { email, .. } | Self::There { email, .. } | Self::Missing { email } => email,
        }
    }
}

/// Creates the root account if there is none. `directory` contains a generated password, next to
/// the private keys, until it is changed.
///
/// # Errors
/// When the store is not available.
pub async fn ensure(app: &App, settings: &RootSettings, directory: &Path) -> Result<Root, Failed> {
    let email = settings.email.clone();
    let owner = match app.store().owner_of_email(&email).await? {
        Some(owner) => app.store().user(owner).await?,
        None => None,
    };
    let root = match &owner {
        Some(owner) if owner.is_root() => Some(owner.clone()),
        _ => app.store().oldest_root().await?,
    };
    match (root, owner) {
        (Some(root), _) => there(app, settings, directory, &root).await,
        (None, Some(_)) => Ok(Root::Missing { email }),
        (None, None) => make(app, settings, directory).await,
    }
}

async fn there(
    app: &App,
    settings: &RootSettings,
    directory: &Path,
    root: &User,
) -> Result<Root, Failed> {
    let email = root.email.clone();
    let credential = app.store().credential(root.user_id).await?;
    let is_password = |password: &str| {
        let hash = credential.as_ref().map(|credential| credential.password_hash.as_str());
        provost_auth::password::verify(password, hash)
    };
    let generated = fs::read_to_string(directory.join(FIRST_PASSWORD)).ok();
    let password = generated.clone().filter(|generated| is_password(generated));
    if generated.is_some() && password.is_none() {
        fs::remove_file(directory.join(FIRST_PASSWORD))?;
    }
    let other_email = settings.is_email_given && settings.email != email;
    let other_password =
        settings.password.as_deref().is_some_and(|password| !is_password(password));
    let (names, verb) = match (other_email, other_password) {
        (false, false) => return Ok(Root::There { email, password, ignored: None }),
        (true, false) => ("PROVOST_ROOT_EMAIL", "has"),
        (false, true) => ("PROVOST_ROOT_PASSWORD", "has"),
        (true, true) => ("PROVOST_ROOT_EMAIL and PROVOST_ROOT_PASSWORD", "have"),
    };
    let ignored = format!(
        "{names} {verb} no effect, because this data folder already has the root account {email}. Sign in and change that account, or start over with --fresh."
    );
    Ok(Root::There { email, password, ignored: Some(ignored) })
}

async fn make(app: &App, settings: &RootSettings, directory: &Path) -> Result<Root, Failed> {
    let email = settings.email.clone();
    let (password, generated) = match &settings.password {
        Some(password) => (password.clone(), false),
        None => (make_password(app, &email)?, true),
    };
    if generated {
        write_private(&directory.join(FIRST_PASSWORD), &password)?;
    }
    let root = person(app.id(UserId::new), email.clone(), ("Root", "Administrator"), app)?;
    let change = create_root(&op(app), root, provost_auth::password::hash(&password)?)?;
    match change.commit().await {
        Ok(_) => Ok(Root::Made { email, password, generated }),
        // A concurrent registration took the address.
        Err(OperationError::Store(StoreError::Conflict(Conflict::Email))) => {
            Ok(Root::Missing { email })
        }
        Err(error) => Err(error.into()),
    }
}
/// A new account without any history.
///
/// # Errors
/// When the system's random source fails.
pub fn person(
    user: UserId,
    email: Email,
    (first, last): (&str, &str),
    app: &App,
) -> Result<User, Failed> {
    let person = NewUserRecord {
        user_id: user,
        pseudonym: app.id(Pseudonym::new),
        subject_key: SubjectKey(provost_auth::secret::bytes()?),
        email,
        username: None,
        phone: None,
        first_name: first.to_owned(),
        last_name: last.to_owned(),
        display_name: None,
    };
    Ok(person.begin(app.now()))
}

/// Generates a password that can be read aloud: four groups of five, without similar letters.
fn make_password(app: &App, email: &Email) -> Result<String, Failed> {
    const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
    loop {
        let random = provost_auth::secret::bytes::<64>()?;
        // Bytes above the last multiple are skipped; otherwise the first letters would be more
        // likely.
        let fair =
            random.iter().filter(|byte| usize::from(**byte) < 256 / LETTERS.len() * LETTERS.len());
        let letters: Vec<u8> =
            fair.map(|byte| LETTERS[usize::from(*byte) % LETTERS.len()]).take(20).collect();
        if letters.len() < 20 {
            continue;
        }
        let password = letters.chunks(5).map(String::from_utf8_lossy).collect::<Vec<_>>().join("-");
        // It may lack a digit by chance.
        if app.password_policy().check(&password, email).is_ok() {
            return Ok(password);
        }
    }
}
