//! `DELETE /api/organisations/{id}/users/{userId}`: remove a member from an organisation. The owner
//! cannot be removed.

use provost_http::{BodyOrQuery, HandlerResult, NoContent, OrganisationGrant, RequestContext};
use provost_operations::organisation as organisations;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::find;

/// Request to remove a member.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RemoveMember {
    /// Reason for the audit log.
    reason: Option<String>,
}

pub async fn remove_organisation_member(
    ctx: RequestContext<OrganisationGrant>,
    BodyOrQuery(input): BodyOrQuery<RemoveMember>,
) -> HandlerResult<NoContent> {
    let reason = ctx.reason(input.reason.as_deref())?;
    let (member, user) = find::member(&ctx).await?;
    if let Some(user) = &user {
        ctx.check_member_rank(user)?;
    }
    let (op, by) = (ctx.op(reason), ctx.by());
    let change =
        organisations::remove_member(&op, &ctx.organisation, &member, user.as_ref(), by).await?;
    ctx.complete(change, |()| NoContent).await
}
