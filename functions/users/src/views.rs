//! A user as these routes show one.

use provost_api::DirectoryUser;
use provost_domain::PermissionSet;
use provost_http::{HandlerResult, RequestContext, access::AccessGrant, users};
use provost_store::profiles::UserInFull;

/// The user as the caller sees them.
///
/// # Errors
/// If the store is not available.
pub async fn view<G: AccessGrant>(
    ctx: &RequestContext<G>,
    found: &UserInFull,
) -> HandlerResult<DirectoryUser> {
    let nothing = PermissionSet::new();
    let held = ctx.caller().map_or(&nothing, |caller| &caller.permissions);
    users::directory_view(&ctx.app, found, held).await
}
