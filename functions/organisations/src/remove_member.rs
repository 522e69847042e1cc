//! `DELETE /api/organisations/{id}/users/{userId}`: remove a member from an organisation. The owner cannot be removed.

use provost_domain::notification::NotificationKind;
use provost_http::{Answer, BodyOrQuery, Nothing, OrganisationGrant, RequestContext};
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
    call: RequestContext<OrganisationGrant>,
    BodyOrQuery(input): BodyOrQuery<RemoveMember>,
) -> Answer<Nothing> {
    let (member, person) = find::member(&call).await?;
    if let Some(person) = &person {
        call.check_member_rank(person)?;
    }
    member.check_may_go()?;
    let organisation = &call.organisation;
    let mut tx = call.app.transaction();
    tx.remove_member(organisation.id, member.member_id)?;
    if let Some(person) = &person {
        let told = format!("You are no longer a member of {} ({}).", organisation.name, organisation.handle);
        notify(&call, &mut tx, person, organisation, NotificationKind::Organisation, "You were removed from an organisation", told)?;
    }
    wake_owners_deletion(&call, &mut tx).await?;
    record(&call, &mut tx, OrganisationEvent::of("organisation.member_removed").about(person.as_ref()).reason(input.reason))?;
    call.commit(tx, &Nothing).await?;
    Ok(Nothing)
}
