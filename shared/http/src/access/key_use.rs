//! The use of an API key: its time, and the rule about the second factor of staff.

use provost_app::App;
use provost_auth::{Caller, Credential};
use provost_domain::{User, api_key::LAST_USE_EVERY};
use provost_operations::session::apply_second_factor_rule;
use provost_store::StoreError;
use tracing::warn;

/// Records the use of an API key, at most once in five minutes, and applies the rule about the second
/// factor of staff, since a holder of a key may never sign in. Returns the account as it is now, or
/// `None` if nothing was recorded. If the write fails, the request continues.
///
/// # Errors
/// The settings cannot be read.
pub(super) async fn note_key_use(app: &App, caller: &Caller) -> Result<Option<User>, StoreError> {
    let Credential::ApiKey(id) = caller.credential else { return Ok(None) };
    let last = caller.user.api_keys.get(&id).and_then(|key| key.last_used_at);
    let now = app.now();
    if last.is_some_and(|last| now.since(last) < LAST_USE_EVERY) {
        return Ok(None);
    }
    let mut user = apply_second_factor_rule(app, caller.user.clone()).await?;
    let lacks = user.lacks_second_factor;
    let changed = (lacks != caller.user.lacks_second_factor).then_some(lacks);
    match app.store().note_key_use(user.user_id, id, now, changed).await {
        // The handler's writes are based on what was read; they must not restore the earlier time.
        Ok(()) => {
            if let Some(key) = user.api_keys.get_mut(&id) {
                key.last_used_at = Some(now);
            }
        }
        Err(error) => {
            warn!(key.id = %id, cause = %error, "the use of key {id} could not be noted");
        }
    }
    Ok(Some(user))
}
