//! The signed links in emails. Only this worker has the key.

use provost_app::App;
use provost_auth::{Purpose, secret::hex_digest, token::LinkClaims};
use provost_domain::{
    Timestamp, User,
    application::{APPEAL_LIFE, AppealedBan},
    storage::Handover,
    time::{DAY, HOUR},
    user::{PendingDeletion, Suspension},
};
use provost_store::StoreError;

/// Lifetime of a link to confirm an email address, in milliseconds.
pub const CONFIRM: i64 = 3 * DAY;
/// Lifetime of a link to choose a new password, in milliseconds.
pub const CHOOSE: i64 = HOUR;

/// Lifetime of a link to choose the first password, in milliseconds.
pub const FIRST: i64 = 3 * DAY;

/// A link, and the token in it for callers of the API.
pub struct Link {
    /// URL of the page.
    pub url: String,
    /// Token in the URL.
    pub token: String,
}

/// Confirms the address that the email is sent to, and no other.
pub async fn verify_email(app: &App, reader: &User, now: Timestamp) -> Result<Link, StoreError> {
    let claims =
        LinkClaims::VerifyEmail { sub: reader.user_id, email: hex_digest(reader.email.as_str()) };
    let token = sign(app, claims, now, CONFIRM).await?;
    Ok(Link { url: format!("{}/?confirm={token}", app.public_url()), token })
}

/// Sets a new password once, for the address that the email is sent to. The token contains the
/// number of passwords set before.
pub async fn reset_password(app: &App, reader: &User, now: Timestamp) -> Result<Link, StoreError> {
    choose_password(app, reader, now, CHOOSE).await
}

/// Sets the first password, for the address that the email is sent to.
pub async fn first_password(app: &App, reader: &User, now: Timestamp) -> Result<Link, StoreError> {
    choose_password(app, reader, now, FIRST).await
}

async fn choose_password(
    app: &App,
    reader: &User,
    now: Timestamp,
    life: i64,
) -> Result<Link, StoreError> {
    let resets =
        app.store().credential(reader.user_id).await?.map_or(0, |credential| credential.resets);
    let claims = LinkClaims::ResetPassword {
        sub: reader.user_id,
        resets,
        email: hex_digest(reader.email.as_str()),
    };
    let token = sign(app, claims, now, life).await?;
    Ok(Link { url: format!("{}/?reset={token}", app.public_url()), token })
}

/// Cancels a deletion, until the account is erased.
pub async fn cancel_deletion(
    app: &App,
    deletion: &PendingDeletion,
    now: Timestamp,
) -> Result<Link, StoreError> {
    let token =
        sign(app, LinkClaims::CancelDeletion { sub: deletion.id }, now, deletion.due_at.since(now))
            .await?;
    Ok(Link { url: format!("{}/cancel-deletion/{token}", app.public_url()), token })
}

/// Appeals against one ban, until it ends.
pub async fn appeal(
    app: &App,
    reader: &User,
    suspension: &Suspension,
    now: Timestamp,
) -> Result<Link, StoreError> {
    let claims = LinkClaims::Appeal { sub: reader.user_id, ban: AppealedBan::of(suspension) };
    let life = suspension.expires_at.map_or(APPEAL_LIFE, |end| end.since(now).min(APPEAL_LIFE));
    let token = sign(app, claims, now, life).await?;
    Ok(Link { url: format!("{}/appeal/{token}", app.public_url()), token })
}

/// Shows the credentials of a bucket once, until the handover ends.
pub async fn storage_credentials(
    app: &App,
    reader: &User,
    handover: &Handover,
    now: Timestamp,
) -> Result<Link, StoreError> {
    let claims = LinkClaims::BucketCredentials { sub: reader.user_id, handover: handover.id };
    let token = sign(app, claims, now, handover.expires_at.since(now)).await?;
    Ok(Link { url: format!("{}/storage-credentials/{token}", app.public_url()), token })
}

async fn sign(
    app: &App,
    claims: LinkClaims,
    now: Timestamp,
    life: i64,
) -> Result<String, StoreError> {
    let signer = app.keys().signer(Purpose::Link, now).await?;
    signer.sign(claims, now, life).map_err(|cause| StoreError::unavailable("signing a link", cause))
}
