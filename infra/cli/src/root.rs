//! The first root account of a local platform: somebody must be able to sign in.

use provost_app::App;
use provost_domain::{
    BuiltInRole, Email, Principal, Pseudonym, Status, UserId,
    audit::{Changes, Resource},
    new_person::NewPerson,
    secret::SubjectKey,
};
use provost_store::{credentials::Credential, principals::EMAIL_CLAIM};

use crate::{Failed, platform::Surroundings, promote::entry};

/// Its address, unless `PROVOST_ROOT_EMAIL` says otherwise.
pub const EMAIL: &str = "root@provost.example";

/// What became of the root account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Root {
    /// It was made just now; the password is told this once.
    Made {
        /// Its address.
        email: Email,
        /// Its password.
        password: String,
        /// Whether the password was made up by us.
        generated: bool,
    },
    /// It was there.
    There {
        /// Its address.
        email: Email,
    },
}

impl Root {
    /// Its address.
    pub const fn email(&self) -> &Email {
        match self {
            Self::Made { email, .. } | Self::There { email } => email,
        }
    }
}

/// Makes the root account when nobody has its address yet.
///
/// # Errors
/// When the address or password that the environment gives is not acceptable, or the store is out of reach.
pub async fn ensure(app: &App, surroundings: &Surroundings) -> Result<Root, Failed> {
    let email: Email = surroundings
        .variable("PROVOST_ROOT_EMAIL")
        .unwrap_or(EMAIL)
        .parse()
        .map_err(|error| Failed::new(format!("PROVOST_ROOT_EMAIL: {error}")))?;
    if app.store().owner_of_email(&email).await?.is_some() {
        return Ok(Root::There { email });
    }
    let (password, generated) = match surroundings.variable("PROVOST_ROOT_PASSWORD") {
        Some(password) => (password.to_owned(), false),
        None => (make_password(app, &email)?, true),
    };
    app.password_policy()
        .check(&password, &email)
        .map_err(|refused| Failed::new(format!("PROVOST_ROOT_PASSWORD: {}", Failed::from(refused))))?;
    let root = person(app.id(UserId::new), email.clone(), ("Root", "Administrator"), app)?;
    let root = Principal { role: BuiltInRole::RootAdmin, email_verified: true, status: Status::Active, ..root };
    let credential =
        Credential { password_hash: provost_auth::password::hash(&password)?, set_at: app.now(), resets: 0, must_reset: false };
    let mut tx = app.transaction();
    tx.create_principal(&root)?;
    tx.save_credential(root.user_id, &credential)?;
    tx.audit(entry(app, "user.created", Resource::User(root.subject()), Changes::new()))?;
    match tx.commit().await {
        Ok(()) => Ok(Root::Made { email, password, generated }),
        // Somebody registered the address in this very moment.
        Err(error) if error.conflict() == Some(EMAIL_CLAIM) => Ok(Root::There { email }),
        Err(error) => Err(error.into()),
    }
}

/// A new account without any history.
///
/// # Errors
/// When the system gives no randomness.
pub fn person(user: UserId, email: Email, (first, last): (&str, &str), app: &App) -> Result<Principal, Failed> {
    let person = NewPerson {
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

/// A password that can be read aloud: four groups of five, without letters that look alike.
fn make_password(app: &App, email: &Email) -> Result<String, Failed> {
    const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
    loop {
        let random = provost_auth::secret::bytes::<64>()?;
        // A byte above the last whole multiple would make the first letters likelier.
        let fair = random.iter().filter(|byte| usize::from(**byte) < 256 / LETTERS.len() * LETTERS.len());
        let letters: Vec<u8> = fair.map(|byte| LETTERS[usize::from(*byte) % LETTERS.len()]).take(20).collect();
        if letters.len() < 20 {
            continue;
        }
        let password = letters.chunks(5).map(String::from_utf8_lossy).collect::<Vec<_>>().join("-");
        // By chance it may lack a digit.
        if app.password_policy().check(&password, email).is_ok() {
            return Ok(password);
        }
    }
}
