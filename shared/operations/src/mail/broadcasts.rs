use provost_domain::{
    ApiError, BroadcastId, NotificationId, Permission, Pseudonym, Status, Timestamp, User,
    audit::{Entry, Resource, note_change},
    mail::{
        Template,
        broadcast::{Audience, Broadcast, BroadcastStatus, MAX_AHEAD, Tally},
        content::MailContent,
    },
    message::Message,
    notification::{Notification, NotificationKind},
    user::PortalTier,
};
use provost_mail::{check, variables};
use provost_store::{Conflict, Store, StoreError, mails::broadcasts::WrittenMail};

use crate::{Change, Op, OperationError};

/// A broadcast as staff request it.
#[derive(Debug)]
pub struct BroadcastRequest {
    /// The content.
    pub content: MailContent,
    /// Users that it is for.
    pub audience: Audience,
    /// Portal tier, if it is for the users on one.
    pub plan: Option<PortalTier>,
    /// Whether recipients are only counted.
    pub dry_run: bool,
    /// Planned time; none to send at once.
    pub scheduled_at: Option<Timestamp>,
}

/// Sends or schedules a broadcast.
///
/// # Errors
/// `VALIDATION_FAILED` when the content, the plan or the time is not valid.
pub async fn start_broadcast(
    op: &Op<'_>,
    by: Pseudonym,
    request: BroadcastRequest,
) -> Result<Change<Broadcast>, OperationError> {
    let BroadcastRequest { content, audience, plan, dry_run, scheduled_at } = request;
    let content = content.checked()?;
    check(&content, variables(Template::Broadcast))?;
    check_audience(audience, plan)?;
    if let Some(at) = scheduled_at {
        check_time(at, dry_run, op.now)?;
    }
    let broadcast = Broadcast {
        id: op.app.id(BroadcastId::new),
        subject: content.subject.clone(),
        audience,
        plan,
        dry_run,
        requested_by: by,
        status: match scheduled_at {
            Some(_) => BroadcastStatus::Scheduled,
            None => BroadcastStatus::Queued,
        },
        scheduled_at,
        users: op.app.store().count_users().await?,
        listed: 0,
        tally: Tally::default(),
        cursor: None,
        fence: 0,
        created_at: op.now,
        reported_at: scheduled_at.unwrap_or(op.now),
        ended_at: None,
    };
    let mut tx = op.transaction();
    tx.create_broadcast(&broadcast, &WrittenMail { content, replies_to: None })?;
    if scheduled_at.is_none() {
        op.app.send(&mut tx, Message::Broadcast { job: broadcast.id })?;
    }
    let action = if dry_run { "mail.broadcast_tried" } else { "mail.broadcast_started" };
    let mut entry = entry(op, action, &broadcast);
    note_change(&mut entry.changes, "audience", &None, &Some(audience));
    tx.audit(entry)?;
    Ok(Change::new(tx, broadcast))
}

fn check_audience(audience: Audience, plan: Option<PortalTier>) -> Result<(), ApiError> {
    match (audience, plan) {
        (Audience::Plan, None) => Err(ApiError::field(
            "plan",
            "required",
            "This filter needs a plan. Send the portal tier of the recipients.",
        )),
        (Audience::Plan, Some(_)) | (_, None) => Ok(()),
        (_, Some(_)) => Err(ApiError::field(
            "plan",
            "contradiction",
            "A plan can only be used with the filter `plan`. Remove it, or change the filter.",
        )),
    }
}

fn check_time(at: Timestamp, dry_run: bool, now: Timestamp) -> Result<(), ApiError> {
    if dry_run {
        return Err(ApiError::field(
            "scheduledAt",
            "contradiction",
            "A dry run counts the recipients now. Remove the time.",
        ));
    }
    if at <= now || at.since(now) > MAX_AHEAD {
        return Err(ApiError::field(
            "scheduledAt",
            "out_of_range",
            "This time is past, or more than 90 days ahead. Choose another time, or remove it to send now.",
        ));
    }
    Ok(())
}

/// Cancels a broadcast. Emails that were sent stay sent.
///
/// # Errors
/// `INVALID_ACTION` when it has ended.
pub fn cancel_broadcast(
    op: &Op<'_>,
    before: &Broadcast,
) -> Result<Change<Broadcast>, OperationError> {
    let after = before.clone().cancel(op.now)?;
    change(op, "mail.broadcast_cancelled", before, after, false)
}

/// Resumes a missed broadcast where it stopped: nobody gets it twice. It goes on in the name of `by`.
///
/// # Errors
/// `INVALID_ACTION` unless it is missed.
pub fn resume_broadcast(
    op: &Op<'_>,
    by: Pseudonym,
    before: &Broadcast,
) -> Result<Change<Broadcast>, OperationError> {
    let after = before.clone().resume(by, op.now)?;
    change(op, "mail.broadcast_resumed", before, after, true)
}

/// Sends a broadcast whose planned time has come. Gives it up if that is too long ago, or if the
/// member of staff who requested it may not send broadcasts any more, with a notification to them.
///
/// # Errors
/// The store failed.
pub async fn send_due_broadcast(
    op: &Op<'_>,
    before: &Broadcast,
) -> Result<Change<Broadcast>, OperationError> {
    let after = before.clone().begin(op.now);
    if after.status == BroadcastStatus::Missed || !is_authorised(op.app.store(), before).await? {
        return miss_broadcast(op, before).await;
    }
    change(op, "mail.broadcast_sent", before, after, true)
}

/// Whether the member of staff in whose name a broadcast is sent may still send broadcasts.
///
/// # Errors
/// `Unavailable`, `Unreadable`.
pub async fn is_authorised(store: &Store, broadcast: &Broadcast) -> Result<bool, StoreError> {
    Ok(requester(store, broadcast).await?.is_some_and(|user| may_send(&user)))
}

async fn requester(store: &Store, broadcast: &Broadcast) -> Result<Option<User>, StoreError> {
    let by = broadcast.requested_by;
    match store.subjects([by]).await?.remove(&by) {
        Some(subject) => store.user(subject.user_id).await,
        None => Ok(None),
    }
}

fn may_send(user: &User) -> bool {
    let is_barred = match user.standing() {
        Status::Active | Status::Inactive | Status::PendingVerification => false,
        Status::Suspended | Status::Deleted | Status::Unknown(_) => true,
    };
    !is_barred && user.permissions().contains(&Permission::MailBroadcast)
}

/// Gives a broadcast up whose time has passed, or that nobody is responsible for, until staff resume
/// it.
///
/// # Errors
/// The store failed.
pub async fn miss_broadcast(
    op: &Op<'_>,
    before: &Broadcast,
) -> Result<Change<Broadcast>, OperationError> {
    let after = before.clone().miss(op.now);
    let mut change = change(op, "mail.broadcast_missed", before, after, false)?;
    notify_requester(op, &mut change).await?;
    Ok(change)
}

async fn notify_requester(op: &Op<'_>, change: &mut Change<Broadcast>) -> Result<(), StoreError> {
    let Some(user) = requester(op.app.store(), &change.after).await? else { return Ok(()) };
    let what = if may_send(&user) {
        "was not sent in time. Resume it, or leave it as it is."
    } else {
        "was not sent, since you may not send broadcasts any more. Others can resume it."
    };
    let Broadcast { subject, id, .. } = &change.after;
    let text = format!("The broadcast \"{subject}\" {what} Its id is {id}.");
    let notice = Notification::new(
        op.app.id(NotificationId::new),
        NotificationKind::Account,
        "A broadcast was missed",
        text,
        op.now,
    );
    change.tx.notify(user.user_id, &notice)
}

fn change(
    op: &Op<'_>,
    action: &'static str,
    before: &Broadcast,
    after: Broadcast,
    is_sent: bool,
) -> Result<Change<Broadcast>, OperationError> {
    let mut tx = op.transaction();
    tx.change_broadcast(before, &after)?;
    if is_sent {
        op.app.send(&mut tx, Message::Broadcast { job: after.id })?;
    }
    let mut entry = entry(op, action, &after);
    note_change(&mut entry.changes, "status", &before.status, &after.status);
    tx.audit(entry)?;
    Ok(Change::new(tx, after).decided_again_on(&[Conflict::Broadcast]))
}

fn entry(op: &Op<'_>, action: &'static str, broadcast: &Broadcast) -> Entry {
    op.entry(action, Resource::Other { kind: "broadcast", id: broadcast.id.to_string() })
}
