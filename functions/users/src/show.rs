//! `GET /v1/users/{user_id}`: get a user of the directory.

use provost_api::DirectoryUser;
use provost_domain::ApiError;
use provost_http::{HandlerResult, Json, RequestContext, access::StaffGrant, users};

use crate::views::view;

/// Gets a user.
///
/// # Errors
/// `INVALID_USER_ID` when there is no such user.
pub async fn get_directory_user(
    ctx: RequestContext<StaffGrant>,
) -> HandlerResult<Json<DirectoryUser>> {
    let user = users::named_id_in(&ctx, "user_id").await?;
    let found = ctx.app.store().user_in_full(user).await?.ok_or_else(ApiError::no_such_user)?;
    let version = found.user.version;
    Ok(Json::new(view(&ctx, &found).await?).version(version))
}
