//! `provost seed`: creates realistic sample users with sessions, files, organisations and history.
//! The same number creates the same users.

mod chance;
mod files;
mod history;
mod organisations;
mod people;
mod words;

use futures_util::{StreamExt, TryStreamExt, stream};
use provost_app::App;
use provost_domain::{
    Timestamp,
    content::{Content, DEFAULT_MEDIA_TYPE},
};
use provost_store::{Conflict, StoreError, credentials::Credential};

use crate::{
    Failed, operator,
    platform::{Environment, Platform},
};
use people::Made;

/// The password of every sample user. It is not secret, since the data is fictitious and the local
/// stack listens on this machine only.
pub const PASSWORD: &str = "Seeded-Harbour-26";
/// Number of users that are written concurrently.
const AT_ONCE: usize = 8;

/// Number of created items.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seeded {
    /// Created users.
    pub people: u64,
    /// Users that already existed.
    pub there: u64,
    /// Created files.
    pub files: u64,
    /// Created organisations.
    pub organisations: u64,
}

/// Creates sample users on the local stack, and prints how many.
///
/// # Errors
/// On a deployment, and when the storage cannot be reached.
pub async fn run(surroundings: &Environment, users: u32, number: u64) -> Result<(), Failed> {
    let platform = Platform::reach(surroundings).await?;
    let outcome = if platform.is_deployed {
        Err(Failed::new(
            "the environment is that of a deployment. Sample users can be created on this machine only.",
        ))
    } else {
        seed(&platform.app, users, number).await
    };
    platform.leave().await;
    let seeded = outcome?;
    operator::notify(&format!(
        "Created {} users, {} files and {} organisations. {} users already existed.\nThe password of every user is {PASSWORD}. The first user is {}.",
        seeded.people,
        seeded.files,
        seeded.organisations,
        seeded.there,
        people::email(number, 0)
    ))
}

/// Creates sample users.
///
/// # Errors
/// When the store is not available.
pub async fn seed(app: &App, users: u32, number: u64) -> Result<Seeded, Failed> {
    let now = app.now();
    app.store().seed_plans(now).await?;
    let credential = Credential {
        password_hash: provost_auth::password::hash(PASSWORD)?,
        set_at: now,
        resets: 0,
        must_reset: false,
    };
    let made: Vec<(Made, bool)> = stream::iter(0..u64::from(users))
        .map(|index| one(app, number, index, &credential, now))
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let new: Vec<&Made> = made.iter().filter(|(_, new)| *new).map(|(made, _)| made).collect();
    let organisations = organisations::add(app, number, &new, now).await?;
    Ok(Seeded {
        people: new.len() as u64,
        there: made.len() as u64 - new.len() as u64,
        files: new.iter().map(|made| made.files.len() as u64).sum(),
        organisations,
    })
}

/// Creates one user with all data: first the objects, then everything else in one transaction, so
/// that no user is incomplete.
async fn one(
    app: &App,
    number: u64,
    index: u64,
    credential: &Credential,
    now: Timestamp,
) -> Result<(Made, bool), Failed> {
    let made = people::make(app, number, index, now)?;
    if app.store().owner_of_email(&made.user.email).await?.is_some() {
        return Ok((made, false));
    }
    let user = made.user.user_id;
    for file in &made.files {
        let Content { object: Some(place), content_type, .. } = &file.entry else { continue };
        let content_type = content_type.as_deref().unwrap_or(DEFAULT_MEDIA_TYPE);
        app.store().put_object(&place.bucket, &place.key, content_type, file.bytes.clone()).await?;
    }
    let mut tx = app.transaction();
    tx.create_user(&made.user)?;
    tx.save_credential(user, credential)?;
    tx.save_profile(user, &made.profile)?;
    for sign_in in &made.sign_ins {
        tx.add_sign_in(user, sign_in)?;
    }
    for file in &made.files {
        tx.register_content(&file.entry)?;
    }
    match tx.commit().await {
        Ok(()) => Ok((made, true)),
        // Another user has the address or the username: this user already exists.
        Err(StoreError::Conflict(Conflict::Email | Conflict::Username)) => Ok((made, false)),
        Err(error) => Err(error.into()),
    }
}
