//! `POST /api/sessions/logout-all`: end all sessions of the signed-in user, including this one.

use provost_http::{HandlerResult, Json, RequestContext, SignedInGrant};

use crate::end::{EndedView, end_all};

pub async fn logout_all_sessions(
    ctx: RequestContext<SignedInGrant>,
) -> HandlerResult<Json<EndedView>> {
    end_all(&ctx, &ctx.caller.user, None).await
}
