//! `POST /api/organisations/{id}/add-user`: staff add a user without an invitation. The user is
//! notified.

use provost_domain::{
    ApiError, Email, UserId,
    organisation::{MemberRole, joining_role},
};
use provost_http::{Body, Created, HandlerResult, OrganisationGrant, RequestContext, users};
use provost_operations::organisation as organisations;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{ORGANISATIONS, views::MembershipView};

/// Request to add a user to an organisation. Give either `userId` or `email`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AddUser {
    /// User id. Not together with `email`.
    user_id: Option<UserId>,
    /// Email address of the user. Not together with `userId`.
    email: Option<Email>,
    /// Role of the new member; `member` by default.
    role: Option<MemberRole>,
    /// Reason for the audit log.
    reason: Option<String>,
}

pub async fn add_organisation_member(
    ctx: RequestContext<OrganisationGrant>,
    Body(body): Body<AddUser>,
) -> HandlerResult<Created<MembershipView>> {
    let organisation = &ctx.organisation;
    let reason = ctx.reason(body.reason.as_deref())?;
    let role = joining_role(body.role)?;
    let name = match (body.user_id, body.email) {
        (Some(user), None) => user.to_string(),
        (None, Some(email)) => format!("email:{email}"),
        (Some(_), Some(_)) => {
            return Err(ApiError::field(
                "email",
                "contradiction",
                "Both `userId` and `email` are given. Give only one of them.",
            )
            .into());
        }
        (None, None) => {
            return Err(ApiError::field(
                "userId",
                "required",
                "The user is missing. Give `userId` or `email`.",
            )
            .into());
        }
    };
    let user = users::find(&ctx.app, &name).await?;
    ctx.check_member_rank(&user)?;
    let (op, by) = (ctx.op(reason), ctx.by());
    let change = organisations::add_member(&op, organisation, &user, role, by).await?;
    let location = format!("{ORGANISATIONS}/{}/users", organisation.id);
    ctx.complete(change, |member| Created(MembershipView::of(&member), location)).await
}
