//! `POST /api/organisations/invites/{inviteId}/accept`: accept an invitation to join an
//! organisation, or to become its owner.

use provost_domain::{
    audit::{Changes, note_change},
    organisation::{Member, MemberRole},
    organisation_invite::InviteStatus,
};
use provost_http::{HandlerResult, Json, RequestContext, SignedInGrant};

use crate::{
    find,
    invite::already_member,
    offer_ownership,
    record::{OrganisationEvent, record_as},
    views::MembershipView,
};

pub async fn accept_invitation(
    ctx: RequestContext<SignedInGrant>,
) -> HandlerResult<Json<MembershipView>> {
    let (now, me) = (ctx.now(), &ctx.caller.principal);
    let (invite, organisation, member) = find::own_invite(&ctx).await?;
    if invite.role == MemberRole::Owner {
        return offer_ownership::accept(&ctx, invite, &organisation, member).await;
    }
    let invite = invite.end(InviteStatus::Accepted, now)?;
    if member.is_some() {
        return Err(already_member().into());
    }
    let member = Member {
        organisation_id: organisation.id,
        member_id: me.user_id,
        role: invite.role,
        joined_at: now,
    };
    let mut changes = Changes::new();
    note_change(&mut changes, "role", &None::<MemberRole>, &Some(member.role));
    let mut tx = ctx.app.transaction();
    // The user must still have the invited address, and must not be in the process of erasure.
    tx.check_principal(me)?;
    tx.save_invite(&invite)?;
    tx.add_member(&member)?;
    record_as(
        &ctx,
        &ctx.caller,
        organisation.id,
        false,
        &mut tx,
        OrganisationEvent::of("organisation.member_joined")
            .about(Some(me))
            .invite(invite.id)
            .changes(changes),
    )?;
    let answer = Json::new(MembershipView {
        organisation_id: organisation.id,
        user_id: me.user_id,
        role: member.role,
        joined_at: now,
        ownership_offer: None,
    });
    ctx.commit(tx, &answer).await?;
    Ok(answer)
}
