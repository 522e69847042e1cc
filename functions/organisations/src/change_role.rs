//! `POST /api/organisations/{id}/users/{userId}/role`: change a member's role. Ownership is
//! offered, and transferred when the member accepts.

use provost_domain::{
    ApiError,
    audit::{Changes, note_change},
    notification::NotificationKind,
    organisation::{MemberRole, owner_stays},
};
use provost_http::{Body, HandlerResult, Json, OrganisationGrant, RequestContext};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    find, offer_ownership,
    record::{OrganisationEvent, notify, record},
    views::MembershipView,
};

/// Request to change a member's role.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangeMemberRole {
    /// New role. `owner` offers the ownership: nothing changes until the member accepts, and then
    /// the previous owner becomes an admin.
    role: MemberRole,
    /// Reason for the audit log.
    reason: Option<String>,
}

pub async fn change_member_role(
    ctx: RequestContext<OrganisationGrant>,
    Body(body): Body<ChangeMemberRole>,
) -> HandlerResult<Json<MembershipView>> {
    let (member, person) = find::member(&ctx).await?;
    let person = person.ok_or_else(|| ApiError::missing("member"))?;
    ctx.check_member_rank(&person)?;
    let organisation = &ctx.organisation;
    let answer = Json::new(MembershipView {
        organisation_id: organisation.id,
        user_id: member.member_id,
        role: body.role,
        joined_at: member.joined_at,
        ownership_offer: None,
    });
    if member.role == body.role {
        return Ok(answer);
    }
    if member.role == MemberRole::Owner {
        return Err(owner_stays().into());
    }

    if body.role == MemberRole::Owner {
        return offer_ownership::offer(&ctx, member, &person, body.reason).await;
    }

    let mut tx = ctx.app.transaction();
    tx.change_member_role(organisation.id, member.member_id, member.role, body.role)?;
    tx.check_organisation(organisation.id)?;
    let mut changes = Changes::new();
    note_change(&mut changes, "role", &member.role, &body.role);
    let told = format!(
        "Your role in {} ({}) is now {}.",
        organisation.name,
        organisation.handle,
        body.role.as_str()
    );
    notify(
        &ctx,
        &mut tx,
        &person,
        organisation,
        NotificationKind::Organisation,
        "Your role has changed",
        told,
    )?;
    record(
        &ctx,
        &mut tx,
        OrganisationEvent::of("organisation.role_changed")
            .about(Some(&person))
            .changes(changes)
            .reason(body.reason),
    )?;
    ctx.commit(tx, &answer).await?;
    Ok(answer)
}
