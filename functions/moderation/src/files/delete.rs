//! `DELETE /api/files/{id}`: delete a file of the caller.

use provost_domain::{
    ApiError,
    content::{Content, ContentId},
};
use provost_http::{HandlerResult, NoContent, RequestContext, SignedInGrant};
use provost_operations::moderation::remove_content;

use super::check_file;

/// Deletes a file. Its bytes are deleted within minutes, with all versions.
///
/// # Errors
/// `NOT_FOUND` for a file of others or a deleted one; `CONTENT_FLAGGED` while it is under review.
pub async fn delete_file(ctx: RequestContext<SignedInGrant>) -> HandlerResult<NoContent> {
    let (id, owner): (ContentId, _) = (ctx.id("id", "file")?, &ctx.caller.user);
    let found = ctx.app.store().content(id).await?;
    let own: Content = found
        .filter(|content| content.owner_id == owner.user_id)
        .ok_or_else(|| ApiError::missing("file"))?;
    check_file(&own)?;
    own.check_served()?;
    let change = remove_content(&ctx.op(None), &own, owner, owner.pseudonym, false).await?;
    ctx.complete(change, |_| NoContent).await
}
