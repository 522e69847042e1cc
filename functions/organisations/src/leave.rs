//! `POST /api/organisations/{id}/leave`: leave an organisation. The owner cannot leave.

use provost_domain::ApiError;
use provost_http::{Answer, Nothing, OrganisationGrant, RequestContext};

use crate::record::{OrganisationEvent, record, wake_owners_deletion};

pub async fn leave_organisation(call: RequestContext<OrganisationGrant>) -> Answer<Nothing> {
    let member = call.member.as_ref().ok_or_else(|| ApiError::missing("organisation"))?;
    member.check_may_go()?;
    let mut tx = call.app.transaction();
    // Whoever is made the owner in this very moment does not leave.
    tx.remove_member(call.organisation.id, member.member_id)?;
    wake_owners_deletion(&call, &mut tx).await?;
    record(&call, &mut tx, OrganisationEvent::of("organisation.member_left").about(Some(&call.caller.principal)))?;
    call.commit(tx, &Nothing).await?;
    Ok(Nothing)
}
