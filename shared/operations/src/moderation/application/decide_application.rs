use provost_domain::{
    ApiError, Permission, Status, Timestamp, User,
    application::{Application, ApplicationStatus, ApplicationType},
    audit::note_change,
    mail::Template,
    message::About,
    notification::NotificationKind,
    rank::{Acting, check_rank, permission_denied},
    staff_record::GrantType,
};
use provost_store::{Conflict, Transaction};

use super::resource;
use crate::{
    Change, Op, OperationError,
    user::{Lift, NewGrant, grant_benefit, lift_suspension, set_verified_badge},
};

/// A benefit to grant with an approval.
#[derive(Debug, Clone)]
pub struct ApplicationGrant {
    /// Type of benefit.
    pub r#type: GrantType,
    /// Amount. In bytes for storage.
    pub amount: u64,
    /// Time at which the grant ends; none for no end.
    pub expires_at: Option<Timestamp>,
}

/// An update of an application. Values that are absent stay as they are.
#[derive(Debug, Clone, Default)]
pub struct ApplicationUpdate {
    /// New status.
    pub status: Option<ApplicationStatus>,
    /// Internal note, which the applicant never sees.
    pub notes: Option<String>,
    /// Benefit to grant with the approval.
    pub grant: Option<ApplicationGrant>,
}

/// Updates or decides an application. An approval takes effect in the same transaction, by the same
/// operation as its route and within the permissions of the caller: the verified badge is given, the
/// ban that was appealed is lifted, the benefit is granted. If there is nothing left to do, that is
/// noted. The applicant is notified of a new status.
///
/// # Errors
/// `INVALID_ACTION` when it is already decided, with who decided it and how; `PERMISSION_DENIED` and
/// `OUTRANKED` for an approval whose effect the caller cannot cause; `VALIDATION_FAILED` for a grant.
pub async fn update_application(
    op: &Op<'_>,
    acting: Acting<'_>,
    before: &Application,
    applicant: &User,
    update: ApplicationUpdate,
) -> Result<Change<Application>, OperationError> {
    let by = acting.user.pseudonym;
    let ApplicationUpdate { status, notes, grant } = update;
    let mut after = before.clone();
    if let Some(status) = status {
        after = after.transition_to(status, by, op.now)?;
    }
    if let Some(notes) = notes {
        after = after.note(notes, by, op.now);
    }
    // One update increases the version by one, however many fields it changes.
    after.version = before.version + 1;

    let mut tx = op.transaction();
    if after.status == ApplicationStatus::Approved && status.is_some() {
        let effect = approve(op, acting, before, applicant, grant)?;
        if let Some(caused) = effect.tx {
            tx = caused;
        }
        (after.grant_id, after.outcome_note) = (effect.grant, effect.note.map(ToOwned::to_owned));
    }
    tx.save_application(&after)?;
    let name = match (after.status, status) {
        (ApplicationStatus::Approved, Some(_)) => "application.approved",
        (ApplicationStatus::Rejected, Some(_)) => "application.rejected",
        _ => "application.updated",
    };
    let mut entry = op.entry(name, resource(&after, applicant));
    note_change(&mut entry.changes, "status", &before.status, &after.status);
    tx.audit(entry)?;
    if before.status != after.status {
        announce(op, &mut tx, &after, applicant)?;
    }
    Ok(Change::new(tx, after).decided_again_on(&[Conflict::Application]))
}

/// What an approval causes.
#[derive(Default)]
struct Effect {
    /// The transaction with the effect; none if there was nothing left to do.
    tx: Option<Transaction>,
    grant: Option<provost_domain::GrantId>,
    note: Option<&'static str>,
}

impl Effect {
    fn nothing_left(note: &'static str) -> Self {
        Self { note: Some(note), ..Self::default() }
    }
}

fn approve(
    op: &Op<'_>,
    acting: Acting<'_>,
    application: &Application,
    applicant: &User,
    grant: Option<ApplicationGrant>,
) -> Result<Effect, OperationError> {
    let granting = grant.is_some().then_some(Permission::GrantWrite);
    let missing: Vec<_> = application
        .r#type
        .permission()
        .into_iter()
        .chain(granting)
        .filter(|needed| !acting.permissions.contains(needed))
        .collect();
    if !missing.is_empty() {
        return Err(permission_denied(&missing).into());
    }
    match application.r#type {
        ApplicationType::Staff | ApplicationType::Partner => {
            let Some(grant) = grant else { return Ok(Effect::default()) };
            // As for the route that grants a benefit.
            check_rank(acting, applicant)?;
            let ApplicationGrant { r#type, amount, expires_at } = grant;
            let new = NewGrant { by: acting.user.pseudonym, r#type, amount, expires_at };
            let change = grant_benefit(op, applicant, new)?;
            Ok(Effect {
                tx: Some(change.tx),
                grant: Some(change.after.grant.id),
                note: change
                    .after
                    .clamped
                    .then_some("The end of the grant was reduced to ten years."),
            })
        }
        _ if grant.is_some() => Err(ApiError::field(
            "awardGrant",
            "contradiction",
            "Only staff and partner applications can be approved with a grant. Omit this field.",
        )
        .into()),
        ApplicationType::Verification => Ok(match set_verified_badge(op, applicant, true)? {
            Some(change) => Effect { tx: Some(change.tx), ..Effect::default() },
            None => Effect::nothing_left("The user had the verified badge already."),
        }),
        ApplicationType::BanAppeal => lift(op, acting, application, applicant),
        ApplicationType::Unknown(_) => Err(ApiError::invalid_action(
            "This version does not know the type of this application. Try again later.",
            &[],
        )
        .into()),
    }
}

/// Lifts the ban that was appealed, and no other.
fn lift(
    op: &Op<'_>,
    acting: Acting<'_>,
    application: &Application,
    applicant: &User,
) -> Result<Effect, OperationError> {
    // As for the route that lifts a ban.
    check_rank(acting, applicant)?;
    let current = applicant
        .suspension
        .as_ref()
        .filter(|_| applicant.standing() == Status::Suspended && !applicant.is_being_erased());
    match (current, application.ban) {
        (Some(current), Some(appealed)) if appealed.is(current) => {
            // The email about the decision says that the ban is lifted.
            let change = lift_suspension(op, applicant, Lift { notify: false, to: None })?;
            Ok(Effect { tx: Some(change.tx), ..Effect::default() })
        }
        (Some(_), _) => Ok(Effect::nothing_left(
            "The ban that was appealed had ended already. A later ban stays in place.",
        )),
        (None, _) => Ok(Effect::nothing_left("The ban that was appealed had ended already.")),
    }
}

/// Notifies the applicant of the new status, without any note of staff.
fn announce(
    op: &Op<'_>,
    tx: &mut Transaction,
    after: &Application,
    applicant: &User,
) -> Result<(), OperationError> {
    if applicant.is_being_erased() {
        return Ok(());
    }
    let text = match after.status {
        ApplicationStatus::Reviewing => "Our staff are reviewing your application.",
        ApplicationStatus::Approved => "Your application has been approved.",
        _ => "Your application has not been approved.",
    };
    let kind = NotificationKind::Account;
    op.notify(tx, applicant.user_id, kind, "News about your application", text)?;
    let about = Some(About::Application(after.id));
    op.mail(tx, applicant.user_id, Template::ApplicationUpdated, about)?;
    Ok(())
}
