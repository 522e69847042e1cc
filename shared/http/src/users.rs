//! The user in the path of a staff route, the staff member that a request assigns, and how routes
//! show a user and explain a conflict about a contact.

use provost_api::{DirectorySource, DirectoryUser};
use provost_app::App;
use provost_auth::caller::unauthenticated;
use provost_domain::{ApiError, Permission, PermissionSet, User, UserId};
use provost_operations::user::contact_conflict;
use provost_store::profiles::UserInFull;

pub use crate::access::reference::{find, resolve};
use crate::{
    access::{AccessGrant, StaffGrant},
    problem::{HandlerError, HandlerResult},
    request_context::RequestContext,
};

/// The staff member that a text names as an assignee: an id, `me`, or a contact such as
/// `email:grace@example.org`.
///
/// # Errors
/// `VALIDATION_FAILED` when there is no such user.
pub async fn assignee<G: AccessGrant>(ctx: &RequestContext<G>, name: &str) -> HandlerResult<User> {
    if name == "me" {
        return Ok(ctx.caller().ok_or_else(unauthenticated)?.user.clone());
    }
    let found = match resolve(&ctx.app, name).await? {
        Some(user) => ctx.app.store().user(user).await?,
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

/// The user id in the path's `{id}`, for staff routes that need only the id; whether the user
/// exists is not checked.
///
/// # Errors
/// `INVALID_USER_ID` if it names no user.
pub async fn named_id(ctx: &RequestContext<StaffGrant>) -> Result<UserId, HandlerError> {
    named_id_in(ctx, "id").await
}

/// The same for another path parameter.
///
/// # Errors
/// `INVALID_USER_ID` if it names no user.
pub async fn named_id_in(
    ctx: &RequestContext<StaffGrant>,
    param: &str,
) -> Result<UserId, HandlerError> {
    let name = ctx.param(param);
    if name == "me" {
        return Ok(ctx.caller.user.user_id);
    }
    Ok(resolve(&ctx.app, name).await?.ok_or_else(ApiError::no_such_user)?)
}

/// The user in the path's `{id}`, for read-only staff routes: `me` is the caller.
///
/// # Errors
/// `INVALID_USER_ID` if there is none.
pub async fn named(ctx: &RequestContext<StaffGrant>) -> Result<User, HandlerError> {
    let name = ctx.param("id");
    if name == "me" || name.parse() == Ok(ctx.caller.user.user_id) {
        return Ok(ctx.caller.user.clone());
    }
    find(&ctx.app, name).await
}

/// A user as the routes below `/v1` show one to a caller with these permissions: with the pending
/// deletion, and a URL of the avatar.
///
/// # Errors
/// If the store is not available.
pub async fn directory_view(
    app: &App,
    found: &UserInFull,
    held: &PermissionSet,
) -> HandlerResult<DirectoryUser> {
    let may = |permission| held.contains(&permission);
    let deletion = match &found.user.deletion {
        Some(_) if may(Permission::DeletionRead) => {
            app.store().pending_deletion(&found.user).await?
        }
        _ => None,
    };
    let source = DirectorySource {
        user: &found.user,
        profile: &found.profile,
        must_reset: found.credential.as_ref().map(|credential| credential.must_reset),
        deletion: deletion.as_ref(),
    };
    let mut view = DirectoryUser::of(source, may, app.now());
    if let Some(url) = app.store().avatar_url(&found.profile).await? {
        view.profile.avatar_url = Some(url);
    }
    Ok(view)
}

/// Replaces a conflict about a contact with an error that names the contact and says what to do.
/// Other errors are returned unchanged.
pub async fn explained<G: AccessGrant>(
    ctx: &RequestContext<G>,
    wanted: &User,
    error: HandlerError,
) -> HandlerError {
    let HandlerError::Conflict(conflict) = error else { return error };
    match contact_conflict(&ctx.op(None), wanted, conflict).await {
        Ok(Some(refused)) => refused.into(),
        Ok(None) => error,
        Err(error) => error.into(),
    }
}
