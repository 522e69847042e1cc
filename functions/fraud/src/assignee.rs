//! The assignee of a fraud alert.

use provost_auth::caller::unauthenticated;
use provost_domain::{ApiError, Permission, Principal, Pseudonym};
use provost_http::{HandlerResult, RequestContext, access::AccessGrant, users};

/// The staff member that a text names: an id, `me`, or a contact such as `email:grace@example.org`.
///
/// # Errors
/// `VALIDATION_FAILED` when there is no such user.
pub(crate) async fn named<G: AccessGrant>(
    ctx: &RequestContext<G>,
    name: &str,
) -> HandlerResult<Principal> {
    if name == "me" {
        return Ok(ctx.caller().ok_or_else(unauthenticated)?.principal.clone());
    }
    let found = match users::resolve(&ctx.app, name).await? {
        Some(user) => ctx.app.store().principal(user).await?,
        None => None,
    };
    Ok(found.ok_or_else(|| {
        ApiError::field(
            "assignedTo",
            "unknown",
            "No staff member has this id. Enter the user id of a staff member, or `me`.",
        )
    })?)
}

/// The pseudonym of a staff member who can decide fraud alerts.
///
/// # Errors
/// `VALIDATION_FAILED` when the staff member lacks the permission.
pub(crate) async fn able<G: AccessGrant>(
    ctx: &RequestContext<G>,
    name: &str,
) -> HandlerResult<Pseudonym> {
    let person = named(ctx, name).await?;
    if !person.permissions().contains(&Permission::FraudAct)
        || person.check_usable(ctx.now()).is_err()
    {
        return Err(ApiError::field(
            "assignedTo",
            "not_permitted",
            "This user cannot decide fraud alerts. Assign the alert to a staff member with the permission fraud.act.",
        )
        .into());
    }
    Ok(person.pseudonym)
}
