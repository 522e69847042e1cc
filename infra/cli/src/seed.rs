//! `provost seed`: creates realistic sample users with sessions, files, organisations and history.
//! The same number creates the same users.

mod chance;
mod files;
mod history;
mod organisations;
mod people;
mod words;

use std::ops::Range;

use futures_util::{StreamExt, TryStreamExt, stream};
use provost_app::App;
use provost_domain::{
    Timestamp,
    content::{Content, DEFAULT_MEDIA_TYPE},
};
use provost_store::{Conflict, StoreError, Transaction, credentials::Credential};

use crate::{
    Failed, operator,
    platform::{Environment, Platform},
};
use people::Made;

/// The password of every sample user. It is not secret, since the data is fictitious and the local
/// stack listens on this machine only.
pub const PASSWORD: &str = "Seeded-Harbour-26";
/// Number of transactions that are written concurrently.
const AT_ONCE: usize = 8;
/// This many users have files, a history of sign-ins and organisations; the others have an account,
/// a password and a profile, so that a large directory is created in minutes.
const DETAILED: u64 = 1_000;
/// Number of users without details in a transaction: each has at most eight of its hundred items.
const TOGETHER: u64 = 12;

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
    seed_with_details(app, users, number, DETAILED).await
}

/// Creates sample users, of which the first `detailed` have files, a history of sign-ins and
/// organisations.
///
/// # Errors
/// When the store is not available.
pub async fn seed_with_details(
    app: &App,
    users: u32,
    number: u64,
    detailed: u64,
) -> Result<Seeded, Failed> {
    let now = app.now();
    app.store().seed_plans(now).await?;
    let credential = Credential {
        password_hash: provost_auth::password::hash(PASSWORD)?,
        set_at: now,
        resets: 0,
        must_reset: false,
    };
    let users = u64::from(users);
    let detailed = detailed.min(users);
    let first: Vec<(Made, bool)> = stream::iter(0..detailed)
        .map(async |index| {
            one(app, people::make(app, number, index, true, now)?, &credential).await
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let new: Vec<&Made> = first.iter().filter(|(_, new)| *new).map(|(made, _)| made).collect();
    let organisations = organisations::add(app, number, &new, now).await?;
    let others = (detailed..users).step_by(TOGETHER as usize);
    let plain: u64 = stream::iter(others)
        .map(|from| several(app, number, from..users.min(from + TOGETHER), &credential, now))
        .buffer_unordered(AT_ONCE)
        .try_fold(0, async |sum, new| Ok(sum + new))
        .await?;
    let people = new.len() as u64 + plain;
    Ok(Seeded {
        people,
        there: users - people,
        files: new.iter().map(|made| made.files.len() as u64).sum(),
        organisations,
    })
}

/// Creates users without details in one transaction, and returns how many are new. If one of them
/// already exists, each is written alone.
async fn several(
    app: &App,
    number: u64,
    indices: Range<u64>,
    credential: &Credential,
    now: Timestamp,
) -> Result<u64, Failed> {
    let mut made = Vec::new();
    for index in indices.clone() {
        made.push(people::make(app, number, index, false, now)?);
    }
    let mut tx = app.transaction();
    add(&mut tx, &made, credential)?;
    match tx.commit().await {
        Ok(()) => return Ok(indices.end - indices.start),
        Err(StoreError::Conflict(_)) => {}
        Err(error) => return Err(error.into()),
    }
    let mut new = 0;
    for index in indices {
        new +=
            u64::from(one(app, people::make(app, number, index, false, now)?, credential).await?.1);
    }
    Ok(new)
}

/// Creates one user with all data: first the objects, then everything else in one transaction, so
/// that no user is incomplete.
async fn one(app: &App, made: Made, credential: &Credential) -> Result<(Made, bool), Failed> {
    if app.store().owner_of_email(&made.user.email).await?.is_some() {
        return Ok((made, false));
    }
    for file in &made.files {
        let Content { object: Some(place), content_type, .. } = &file.entry else { continue };
        let content_type = content_type.as_deref().unwrap_or(DEFAULT_MEDIA_TYPE);
        app.store().put_object(&place.bucket, &place.key, content_type, file.bytes.clone()).await?;
    }
    let mut tx = app.transaction();
    add(&mut tx, std::slice::from_ref(&made), credential)?;
    match tx.commit().await {
        Ok(()) => Ok((made, true)),
        // Another user has the address or the username: this user already exists.
        Err(StoreError::Conflict(Conflict::Email | Conflict::Username)) => Ok((made, false)),
        Err(error) => Err(error.into()),
    }
}

/// Adds all items of users to a transaction.
fn add(tx: &mut Transaction, made: &[Made], credential: &Credential) -> Result<(), StoreError> {
    tx.create_users(made.iter().map(|made| &made.user))?;
    for Made { user, profile, sign_ins, files } in made {
        tx.save_credential(user.user_id, credential)?;
        tx.save_profile(user.user_id, profile)?;
        for sign_in in sign_ins {
            tx.add_sign_in(user.user_id, sign_in)?;
        }
        for file in files {
            tx.register_content(&file.entry)?;
        }
    }
    Ok(())
}
