//! Users as these routes show them.

use provost_api::DirectoryUser;
use provost_domain::User;
use provost_http::{HandlerResult, RequestContext, access::SystemGrant, users};
use provost_store::profiles::UserInFull;

/// The user as the service sees them, by the scopes of its key.
///
/// # Errors
/// If the store is not available.
pub async fn view(
    ctx: &RequestContext<SystemGrant>,
    found: &UserInFull,
) -> HandlerResult<DirectoryUser> {
    users::directory_view(&ctx.app, found, &ctx.key.scopes).await
}

/// The account of the user in the path.
///
/// # Errors
/// `INVALID_USER_ID` when there is no such user.
pub async fn named_account(ctx: &RequestContext<SystemGrant>) -> HandlerResult<User> {
    users::find(&ctx.app, ctx.param("user_id")).await
}
