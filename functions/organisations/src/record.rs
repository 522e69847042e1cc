//! Records every change twice in its transaction: in the platform's audit log, and in the
//! organisation's own activity, which names users only by pseudonym.

use provost_auth::Caller;
use provost_domain::{
    ActivityId, InviteId, NotificationId, OrganisationId, Principal, Status,
    audit::{Changes, Resource, Subject},
    message::Message,
    notification::{Notification, NotificationKind},
    organisation::Organisation,
    organisation_activity::Activity,
};
use provost_http::{HandlerResult, OrganisationGrant, RequestContext, access::AccessGrant};
use provost_store::Transaction;

/// A recorded change.
pub(crate) struct OrganisationEvent {
    /// The action, such as `organisation.created`.
    action: &'static str,
    about: Option<Subject>,
    invite: Option<InviteId>,
    changes: Changes,
    reason: Option<String>,
}

impl OrganisationEvent {
    pub(crate) const fn of(action: &'static str) -> Self {
        Self { action, about: None, invite: None, changes: Changes::new(), reason: None }
    }

    /// Sets the affected member.
    pub(crate) fn about(mut self, person: Option<&Principal>) -> Self {
        self.about = person.map(Principal::subject);
        self
    }

    /// Sets the affected invitation.
    pub(crate) const fn invite(mut self, id: InviteId) -> Self {
        self.invite = Some(id);
        self
    }

    /// Sets the changed fields. They must not contain personal data.
    pub(crate) fn changes(mut self, changes: Changes) -> Self {
        self.changes = changes;
        self
    }

    /// Sets the reason, from the body of the request.
    pub(crate) fn reason(mut self, reason: Option<String>) -> Self {
        self.reason = reason;
        self
    }
}

/// Records a change by the caller, as a member or as staff.
pub(crate) fn record(
    ctx: &RequestContext<OrganisationGrant>,
    tx: &mut Transaction,
    news: OrganisationEvent,
) -> HandlerResult<()> {
    record_by(ctx, ctx.by_staff(), tx, news)
}

/// Records a change by the caller, as a member or as staff. The reason comes from the request's
/// body or the header `X-Reason`.
pub(crate) fn record_by(
    ctx: &RequestContext<OrganisationGrant>,
    by_staff: bool,
    tx: &mut Transaction,
    news: OrganisationEvent,
) -> HandlerResult<()> {
    let reason = ctx.reason(news.reason.as_deref())?;
    record_as(
        ctx,
        &ctx.caller,
        ctx.organisation.id,
        by_staff,
        tx,
        OrganisationEvent { reason, ..news },
    )
}

/// Records a change by a caller who is not yet a member: the creator of the organisation, or an
/// invited user.
pub(crate) fn record_as<G: AccessGrant>(
    ctx: &RequestContext<G>,
    caller: &Caller,
    organisation: OrganisationId,
    by_staff: bool,
    tx: &mut Transaction,
    news: OrganisationEvent,
) -> HandlerResult<()> {
    let OrganisationEvent { action, about, invite, changes, reason } = news;
    tx.add_activity(&Activity {
        id: ctx.app.id(ActivityId::new),
        organisation_id: organisation,
        at: ctx.now(),
        action: action.to_owned(),
        actor: caller.principal.pseudonym,
        by_staff,
        about: about.as_ref().map(|subject| subject.pseudonym),
        invite,
        changes: changes.clone(),
    })?;
    let resource = match about {
        Some(owner) => Resource::Owned { kind: "membership", id: organisation.to_string(), owner },
        None => Resource::Other { kind: "organisation", id: organisation.to_string() },
    };
    let mut entry = ctx.entry(action, resource);
    entry.changes = changes;
    entry.reason = reason;
    Ok(tx.audit(entry)?)
}

/// Sends the deletion of an owner, if it is due, when a possible obstacle is removed, so that it
/// continues at once instead of at the next check of the schedule.
pub(crate) fn wake_deletion<G: AccessGrant>(
    ctx: &RequestContext<G>,
    tx: &mut Transaction,
    owner: &Principal,
) -> HandlerResult<()> {
    match &owner.deletion {
        Some(pending) if pending.due_at <= ctx.now() => {
            Ok(ctx.app.send(tx, Message::Deletion { request: pending.id })?)
        }
        _ => Ok(()),
    }
}

/// Does the same when a member leaves, who may be the last one besides the owner.
pub(crate) async fn wake_owners_deletion(
    ctx: &RequestContext<OrganisationGrant>,
    tx: &mut Transaction,
) -> HandlerResult<()> {
    let (owner, me) = (ctx.organisation.owner_id, &ctx.caller.principal);
    if owner == me.user_id {
        return wake_deletion(ctx, tx, me);
    }
    match ctx.app.store().principal(owner).await? {
        Some(owner) => wake_deletion(ctx, tx, &owner),
        None => Ok(()),
    }
}

/// Notifies a user about an organisation, unless the user's account is being deleted.
pub(crate) fn notify<G: AccessGrant>(
    ctx: &RequestContext<G>,
    tx: &mut Transaction,
    person: &Principal,
    organisation: &Organisation,
    kind: NotificationKind,
    title: &str,
    body: String,
) -> HandlerResult<()> {
    if person.status == Status::Deleted {
        return Ok(());
    }
    // A user who is being erased gets no new items in their partition.
    tx.check_principal(person)?;
    Ok(tx.notify(person.user_id, &notice(ctx, organisation, kind, title, body))?)
}

/// A notification about an organisation, with a link to it.
pub(crate) fn notice<G: AccessGrant>(
    ctx: &RequestContext<G>,
    organisation: &Organisation,
    kind: NotificationKind,
    title: &str,
    body: String,
) -> Notification {
    let path = match kind {
        NotificationKind::Invite => format!("{}/invites", crate::ORGANISATIONS),
        // An organisation that is being deleted can no longer be opened.
        _ if !organisation.is_active() => crate::ORGANISATIONS.to_owned(),
        _ => format!("{}/{}", crate::ORGANISATIONS, organisation.id),
    };
    Notification::new(ctx.app.id(NotificationId::new), kind, title, body, ctx.now()).at(path)
}
