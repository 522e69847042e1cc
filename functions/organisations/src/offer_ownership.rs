//! Offers the ownership to a member, as an invitation to the role of owner. Nothing changes until
//! the member accepts.

use provost_domain::{
    ApiError, Code, InviteId, Principal, Status,
    audit::{Changes, note_change},
    notification::NotificationKind,
    organisation::{Member, MemberRole, Organisation, check_may_own_another},
    organisation_invite::{
        INVITE_LIFE, Invite, InviteStatus, MemberSince, OwnerSince, OwnershipOffer,
    },
};
use provost_http::{HandlerResult, Json, OrganisationGrant, RequestContext, SignedInGrant};
use provost_store::organisation_invites::address_key;

use crate::{
    record::{OrganisationEvent, notify, record, record_as, wake_deletion},
    send,
    views::{InviteView, MembershipView},
};

/// Offers the ownership to a member.
pub(crate) async fn offer(
    ctx: &RequestContext<OrganisationGrant>,
    member: Member,
    person: &Principal,
    reason: Option<String>,
) -> HandlerResult<Json<MembershipView>> {
    let (now, store, organisation) = (ctx.now(), ctx.app.store(), &ctx.organisation);
    ctx.check_version(organisation.version)?;
    send::check_sender(ctx)?;
    send::count(ctx).await?;
    check_may_own(person)?;
    check_may_own_another(&store.memberships(person.user_id).await?)?;
    let earlier = store.invite_sign(organisation.id, &person.email).await?;
    if earlier.as_ref().is_some_and(|sign| sign.is_open(now)) {
        let refused = "This member already has an open offer. Wait for the answer, or revoke the offer first.";
        return Err(ApiError::new(Code::AlreadyExists, refused).with("field", "role").into());
    }
    let owner = store
        .principal(organisation.owner_id)
        .await?
        .ok_or_else(|| ApiError::missing("organisation"))?;
    let invite = Invite {
        id: ctx.app.id(InviteId::new),
        organisation_id: organisation.id,
        address_key: address_key(&person.email),
        email: Some(person.email.clone()),
        role: MemberRole::Owner,
        ownership: Some(OwnershipOffer { from: owner.pseudonym, to: person.pseudonym }),
        status: InviteStatus::Pending,
        invited_by: ctx.caller.principal.pseudonym,
        created_at: now,
        sent_at: now,
        expires_at: now.plus(INVITE_LIFE),
        version: 1,
    };
    let mut tx = ctx.app.transaction();
    tx.create_invite(&invite, earlier.as_ref())?;
    tx.check_organisation(organisation.id)?;
    let body = format!(
        "You have been asked to become the owner of {} ({}). Accept or decline within seven days. Nothing changes until you accept.",
        organisation.name, organisation.handle
    );
    notify(
        ctx,
        &mut tx,
        person,
        organisation,
        NotificationKind::Invite,
        "Offer to become the owner of an organisation",
        body,
    )?;
    send::letter(ctx, &mut tx, &invite, Some(person))?;
    let news = OrganisationEvent::of("organisation.ownership_offered")
        .about(Some(person))
        .invite(invite.id)
        .reason(reason);
    record(ctx, &mut tx, news)?;
    let view = MembershipView {
        organisation_id: organisation.id,
        user_id: member.member_id,
        role: member.role,
        joined_at: member.joined_at,
        ownership_offer: Some(InviteView::of(&invite, now)),
    };
    let answer = Json::new(view);
    ctx.commit(tx, &answer).await?;
    Ok(answer)
}

/// Transfers the ownership to the member who accepted. There is exactly one owner before and after.
pub(crate) async fn accept(
    ctx: &RequestContext<SignedInGrant>,
    invite: Invite,
    organisation: &Organisation,
    member: Option<Member>,
) -> HandlerResult<Json<MembershipView>> {
    let (now, store, me) = (ctx.now(), ctx.app.store(), &ctx.caller.principal);
    let (offer, id) = (invite.ownership.ok_or_else(|| ApiError::missing("invitation"))?, invite.id);
    let owner = store
        .principal(organisation.owner_id)
        .await?
        .ok_or_else(|| ApiError::missing("organisation"))?;
    offer.check(
        invite.created_at,
        OwnerSince { pseudonym: owner.pseudonym, since: organisation.owner_since },
        member
            .as_ref()
            .map(|member| MemberSince { pseudonym: me.pseudonym, since: member.joined_at }),
    )?;
    let member = member.ok_or_else(|| ApiError::missing("member"))?;
    let invite = invite.end(InviteStatus::Accepted, now)?;
    check_may_own(me)?;
    check_may_own_another(&store.memberships(me.user_id).await?)?;

    let mut tx = ctx.app.transaction();
    tx.check_principal(me)?;
    tx.save_invite(&invite)?;
    tx.change_member_role(organisation.id, me.user_id, member.role, MemberRole::Owner)?;
    tx.change_member_role(organisation.id, owner.user_id, MemberRole::Owner, MemberRole::Admin)?;
    tx.save_organisation(&Organisation {
        owner_id: me.user_id,
        owner_since: Some(now),
        ..organisation.clone()
    })?;
    let body = format!(
        "{} is now the owner of {} ({}), and you are one of its admins.",
        me.name(),
        organisation.name,
        organisation.handle
    );
    notify(
        ctx,
        &mut tx,
        &owner,
        organisation,
        NotificationKind::Organisation,
        "Your role changed",
        body,
    )?;
    wake_deletion(ctx, &mut tx, &owner)?;
    let mut changes = Changes::new();
    note_change(&mut changes, "role", &member.role, &MemberRole::Owner);
    let news = OrganisationEvent::of("organisation.owner_changed")
        .about(Some(me))
        .invite(id)
        .changes(changes);
    record_as(ctx, &ctx.caller, organisation.id, false, &mut tx, news)?;
    let answer = Json::new(MembershipView {
        organisation_id: organisation.id,
        user_id: me.user_id,
        role: MemberRole::Owner,
        joined_at: member.joined_at,
        ownership_offer: None,
    });
    ctx.commit(tx, &answer).await?;
    Ok(answer)
}

/// Checks that the caller may resend or revoke an offer of ownership: the owner or staff, but not
/// an admin of the organisation.
///
/// # Errors
/// `PERMISSION_DENIED`.
pub(crate) fn check_may_manage(
    ctx: &RequestContext<OrganisationGrant>,
    invite: &Invite,
) -> Result<(), ApiError> {
    if invite.role != MemberRole::Owner || ctx.owns() || ctx.by_staff() {
        return Ok(());
    }
    Err(ApiError::new(Code::PermissionDenied, "Only the owner of this organisation can do this."))
}

fn check_may_own(person: &Principal) -> Result<(), ApiError> {
    if person.status == Status::Active && person.email_verified {
        return Ok(());
    }
    Err(ApiError::invalid_action(
        "This member cannot own the organisation. The owner needs an active account and a confirmed email address.",
        &[],
    ))
}
