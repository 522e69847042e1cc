//! `POST /v1/auth/impersonate/stop`: stop acting as a user.

use provost_domain::ApiError;
use provost_http::{HandlerResult, ImpersonatingGrant, NoContent, RequestContext};
use provost_operations::impersonation;

pub async fn stop_impersonation(
    ctx: RequestContext<ImpersonatingGrant>,
) -> HandlerResult<NoContent> {
    let Some(id) = ctx.id else {
        return Err(ApiError::invalid_action(
            "You do not act as a user. There is nothing to stop.",
            &[],
        )
        .into());
    };
    let record = ctx.app.store().impersonation(id).await?;
    // After an erasure of the user there is no record.
    let target = match &record {
        Some(record) => ctx.app.store().user(record.target_id).await?,
        None => None,
    };
    let op = ctx.op(None);
    let change = impersonation::stop_impersonation(&op, &ctx.actor, id, record, target.as_ref())?;
    ctx.complete(change, |()| NoContent).await
}
