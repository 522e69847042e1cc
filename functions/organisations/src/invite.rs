//! `POST /api/organisations/{id}/invite`: invite a user by email. The answer does not reveal
//! whether the address has an account.

use provost_domain::{
    ApiError, Code, Email, InviteId,
    audit::{Changes, note_change},
    notification::NotificationKind,
    organisation::{MemberRole, joining_role},
    organisation_invite::{INVITE_LIFE, Invite, InviteStatus},
    rank::not_oneself,
};
use provost_http::{Body, Created, HandlerResult, OrganisationGrant, RequestContext};
use provost_store::organisation_invites::address_key;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    ORGANISATIONS,
    record::{OrganisationEvent, notice, record},
    send::{self, Invited},
    views::InviteView,
};

/// Request to invite somebody to an organisation.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateInvite {
    /// Email address to invite.
    email: Email,
    /// Role after joining: `member`, the default, or `admin`. `owner` is not allowed.
    role: Option<MemberRole>,
    /// Reason for the audit log.
    reason: Option<String>,
}

pub async fn invite_member(
    ctx: RequestContext<OrganisationGrant>,
    Body(body): Body<CreateInvite>,
) -> HandlerResult<Created<InviteView>> {
    let (now, store, organisation) = (ctx.now(), ctx.app.store(), &ctx.organisation);
    let role = joining_role(body.role)?;
    body.email.check_reachable("email", ctx.app.mailer().takes_utf8())?;
    send::check_sender(&ctx)?;
    // Only the owner decides who is an admin, also for invitations.
    if role == MemberRole::Admin && !ctx.by_staff() && !ctx.owns() {
        return Err(ApiError::new(
            Code::PermissionDenied,
            "Only the owner of this organisation can invite admins. Invite with the role `member`.",
        )
        .into());
    }
    // Staff cannot invite themselves to an organisation; those who manage it can.
    if ctx.by_staff() && body.email == ctx.caller.principal.email {
        return Err(not_oneself().into());
    }
    // Counted before any lookup that the response could reveal.
    send::count(&ctx).await?;
    let Invited { account, user } = send::invited(&ctx, &body.email).await?;
    if store.organisation_and_member(organisation.id, user).await?.1.is_some() {
        return Err(already_member().into());
    }
    let earlier = store.invite_sign(organisation.id, &body.email).await?;
    if earlier.as_ref().is_some_and(|sign| sign.is_open(now)) {
        return Err(ApiError::new(
            Code::AlreadyExists,
            "This address already has an open invitation. Resend that invitation, or revoke it first.",
        )
        .with("field", "email")
        .into());
    }

    let invite = Invite {
        id: ctx.app.id(InviteId::new),
        organisation_id: organisation.id,
        address_key: address_key(&body.email),
        email: Some(body.email),
        role,
        ownership: None,
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
    let text = format!(
        "You have been invited to join {} ({}) as {}.",
        organisation.name,
        organisation.handle,
        role.as_str()
    );
    let notice =
        notice(&ctx, organisation, NotificationKind::Invite, "Invitation to an organisation", text);
    match &account {
        Some(person) => {
            tx.check_principal(person)?;
            tx.notify(person.user_id, &notice)?;
        }
        None => tx.notify_nobody(user, &notice)?,
    }
    send::letter(&ctx, &mut tx, &invite, account.as_ref())?;
    let mut changes = Changes::new();
    note_change(&mut changes, "role", &None::<MemberRole>, &Some(role));
    record(
        &ctx,
        &mut tx,
        OrganisationEvent::of("organisation.invite_sent")
            .invite(invite.id)
            .changes(changes)
            .reason(body.reason),
    )?;
    // Open invitations are shown with their organisation.
    let answer =
        Created(InviteView::of(&invite, now), format!("{ORGANISATIONS}/{}", organisation.id));
    ctx.commit(tx, &answer).await?;
    Ok(answer)
}

/// The error for a user who is already a member of the organisation.
pub(crate) fn already_member() -> ApiError {
    ApiError::new(Code::AlreadyExists, "This user is already a member of the organisation.")
        .with("field", "member")
}
