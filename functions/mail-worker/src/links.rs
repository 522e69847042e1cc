//! The signed links in letters. This worker alone holds the key.

use provost_app::App;
use provost_auth::{Purpose, secret::hex_digest, token::LinkClaims};
use provost_domain::{
    Principal, Timestamp,
    principal::PendingDeletion,
    time::{DAY, HOUR},
};
use provost_store::StoreError;

/// How long an address may be confirmed, in milliseconds.
pub const CONFIRM: i64 = 3 * DAY;
/// How long a new password may be chosen, in milliseconds.
pub const CHOOSE: i64 = HOUR;

/// A link, and the token in it for those who would rather send it themselves.
pub struct Link {
    /// Where to go.
    pub url: String,
    /// What the link carries.
    pub token: String,
}

/// Confirms the address that the letter is sent to, and no other.
pub async fn verify_email(app: &App, reader: &Principal, now: Timestamp) -> Result<Link, StoreError> {
    let claims = LinkClaims::VerifyEmail { sub: reader.user_id, email: hex_digest(reader.email.as_str()) };
    let token = sign(app, claims, now, CONFIRM).await?;
    Ok(Link { url: format!("{}/?confirm={token}", app.public_url()), token })
}

/// Sets a new password once, for the address that the letter is sent to: the count of passwords set before is part of it.
pub async fn reset_password(app: &App, reader: &Principal, now: Timestamp) -> Result<Link, StoreError> {
    let resets = app.store().credential(reader.user_id).await?.map_or(0, |credential| credential.resets);
    let claims = LinkClaims::ResetPassword { sub: reader.user_id, resets, email: hex_digest(reader.email.as_str()) };
    let token = sign(app, claims, now, CHOOSE).await?;
    Ok(Link { url: format!("{}/?reset={token}", app.public_url()), token })
}

/// Takes a deletion back, until the account is erased.
pub async fn cancel_deletion(app: &App, deletion: &PendingDeletion, now: Timestamp) -> Result<Link, StoreError> {
    let token = sign(app, LinkClaims::CancelDeletion { sub: deletion.id }, now, deletion.due_at.since(now)).await?;
    Ok(Link { url: format!("{}/cancel-deletion/{token}", app.public_url()), token })
}

async fn sign(app: &App, claims: LinkClaims, now: Timestamp, life: i64) -> Result<String, StoreError> {
    let signer = app.keys().signer(Purpose::Link, now).await?;
    signer.sign(claims, now, life).map_err(|cause| StoreError::unavailable("signing a link", cause))
}
