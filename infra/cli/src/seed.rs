//! `provost seed`: people as a platform has them, with sessions, files, organisations and a past. The same number makes the same people.

mod chance;
mod files;
mod history;
mod organisations;
mod people;
mod words;

use futures_util::{StreamExt, TryStreamExt, stream};
use provost_app::App;
use provost_domain::Timestamp;
use provost_store::{
    StoreError,
    credentials::Credential,
    principals::{EMAIL_CLAIM, USERNAME_CLAIM},
};

use crate::{
    Failed, operator,
    platform::{Platform, Surroundings},
};
use people::Made;

/// The password of everyone who is made here. The data is made up and the platform answers on this machine only, so it is no secret.
pub const PASSWORD: &str = "Seeded-Harbour-26";
/// People that are written at the same time.
const AT_ONCE: usize = 8;

/// What was added.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seeded {
    /// People who are new.
    pub people: u64,
    /// People who were there already.
    pub there: u64,
    /// Files in the bucket.
    pub files: u64,
    /// Organisations.
    pub organisations: u64,
}

/// Adds people to the local platform, and says how many.
///
/// # Errors
/// On a deployment, where nobody wants made-up people; when the store is out of reach.
pub async fn run(surroundings: &Surroundings, users: u32, number: u64) -> Result<(), Failed> {
    let platform = Platform::reach(surroundings).await?;
    let outcome = if platform.is_deployed {
        Err(Failed::new("the environment names a deployment; made-up people are for the local platform only"))
    } else {
        seed(&platform.app, users, number).await
    };
    platform.leave().await;
    let seeded = outcome?;
    operator::tell(&format!(
        "{} people, {} files and {} organisations are new; {} people were there already.\nEveryone's password is {PASSWORD}; the first is {}.",
        seeded.people,
        seeded.files,
        seeded.organisations,
        seeded.there,
        people::email(number, 0)
    ))
}

/// Adds people.
///
/// # Errors
/// When the store is out of reach.
pub async fn seed(app: &App, users: u32, number: u64) -> Result<Seeded, Failed> {
    let now = app.now();
    app.store().seed_plans(now).await?;
    let credential = Credential { password_hash: provost_auth::password::hash(PASSWORD)?, set_at: now, resets: 0, must_reset: false };
    let made: Vec<(Made, bool)> =
        stream::iter(0..u64::from(users)).map(|index| one(app, number, index, &credential, now)).buffered(AT_ONCE).try_collect().await?;
    let new: Vec<&Made> = made.iter().filter(|(_, new)| *new).map(|(made, _)| made).collect();
    let organisations = organisations::add(app, number, &new, now).await?;
    Ok(Seeded {
        people: new.len() as u64,
        there: made.len() as u64 - new.len() as u64,
        files: new.iter().map(|made| made.files.len() as u64).sum(),
        organisations,
    })
}

/// Adds one person with all that is theirs: the objects first, then everything else in one transaction, so that nobody has half a past.
async fn one(app: &App, number: u64, index: u64, credential: &Credential, now: Timestamp) -> Result<(Made, bool), Failed> {
    let made = people::make(app, number, index, now)?;
    if app.store().owner_of_email(&made.principal.email).await?.is_some() {
        return Ok((made, false));
    }
    let user = made.principal.user_id;
    for file in &made.files {
        app.store().put_object(&app.store().names().files, &file.entry.object_key, &file.entry.content_type, file.bytes.clone()).await?;
    }
    let mut tx = app.transaction();
    tx.create_principal(&made.principal)?;
    tx.save_credential(user, credential)?;
    tx.save_profile(user, &made.profile)?;
    for sign_in in &made.sign_ins {
        tx.add_sign_in(user, sign_in)?;
    }
    for file in &made.files {
        tx.add_file(user, &file.entry)?;
    }
    match tx.commit().await {
        Ok(()) => Ok((made, true)),
        // Somebody else has the address or the name: they were there.
        Err(StoreError::Conflict { label: EMAIL_CLAIM | USERNAME_CLAIM }) => Ok((made, false)),
        Err(error) => Err(error.into()),
    }
}
