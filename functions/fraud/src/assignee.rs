//! Who of the staff an alert is given to.

use provost_auth::caller::unauthenticated;
use provost_domain::{Permission, Principal, Pseudonym, Refused};
use provost_http::{Answer, Call, access::Granted, users};

/// The member of staff behind a name: an id, `me`, or a contact as in `email:grace@example.org`.
///
/// # Errors
/// `VALIDATION_FAILED` when there is nobody of this name.
pub(crate) async fn named<G: Granted>(call: &Call<G>, name: &str) -> Answer<Principal> {
    if name == "me" {
        return Ok(call.caller().ok_or_else(unauthenticated)?.principal.clone());
    }
    let found = match users::resolve(&call.app, name).await? {
        Some(user) => call.app.store().principal(user).await?,
        None => None,
    };
    Ok(found.ok_or_else(|| Refused::field("assignedTo", "unknown", "Give the id of a member of staff, or `me`."))?)
}

/// The pseudonym of a member of staff who may decide alerts.
///
/// # Errors
/// `VALIDATION_FAILED` when they may not.
pub(crate) async fn able<G: Granted>(call: &Call<G>, name: &str) -> Answer<Pseudonym> {
    let person = named(call, name).await?;
    if !person.permissions().contains(&Permission::FraudAct) || person.check_usable(call.now()).is_err() {
        return Err(Refused::field("assignedTo", "not_permitted", "Give the alert to somebody who may decide fraud alerts.").into());
    }
    Ok(person.pseudonym)
}
