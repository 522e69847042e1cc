//! `DELETE /api/organisations/{id}/servers/{serverId}`: delete a server.

use provost_domain::{ApiError, ServerId};
use provost_http::{HandlerResult, NoContent, OrganisationGrant, RequestContext};
use provost_operations::infrastructure;

pub async fn delete_server(ctx: RequestContext<OrganisationGrant>) -> HandlerResult<NoContent> {
    let reason = ctx.reason(None)?;
    let id: ServerId = ctx.id("serverId", "server")?;
    let server = ctx
        .app
        .store()
        .server(ctx.organisation.id, id)
        .await?
        .ok_or_else(|| ApiError::missing("server"))?;
    let change = infrastructure::delete_server(&ctx.op(reason), &server, ctx.by())?;
    ctx.complete(change, |()| NoContent).await
}
