//! `DELETE /api/organisations/{id}/users/{userId}`: remove a member from an organisation. The owner
//! cannot be removed.

use provost_domain::notification::NotificationKind;
use provost_http::{BodyOrQuery, HandlerResult, NoContent, OrganisationGrant, RequestContext};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    find,
    record::{OrganisationEvent, notify, record, wake_owners_deletion},
};

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
    let (member, person) = find::member(&ctx).await?;
    if let Some(person) = &person {
        ctx.check_member_rank(person)?;
    }
    member.check_may_go()?;
    let organisation = &ctx.organisation;
    let mut tx = ctx.app.transaction();
    tx.remove_member(organisation.id, member.member_id)?;
    if let Some(person) = &person {
        let told = format!(
            "You are no longer a member of {} ({}).",
            organisation.name, organisation.handle
        );
        notify(
            &ctx,
            &mut tx,
            person,
            organisation,
            NotificationKind::Organisation,
            "You were removed from an organisation",
            told,
        )?;
    }
    wake_owners_deletion(&ctx, &mut tx).await?;
    record(
        &ctx,
        &mut tx,
        OrganisationEvent::of("organisation.member_removed")
            .about(person.as_ref())
            .reason(input.reason),
    )?;
    ctx.commit(tx, &NoContent).await?;
    Ok(NoContent)
}
