//! `POST /api/sessions/logout`: end the session of this request.

use provost_domain::ApiError;
use provost_http::{HandlerResult, NoContent, RequestContext, SignedInGrant};
use provost_operations::session;

pub async fn logout(ctx: RequestContext<SignedInGrant>) -> HandlerResult<NoContent> {
    let Some(id) = ctx.caller.session() else {
        return Err(ApiError::invalid_action(
            "An API key has no session. Delete the key instead.",
            &["delete-key"],
        )
        .into());
    };
    let change = session::end_session(&ctx.op(None), &ctx.caller.user, id)?;
    ctx.complete(change, |()| NoContent).await
}
