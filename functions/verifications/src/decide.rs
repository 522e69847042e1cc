//! Deciding a verification: the decision, its effect on the account, the audit entry and the email
//! are one transaction.

use provost_domain::{
    MessageId,
    audit::{Resource, note_change},
    mail::Template,
    message::{About, Message},
    profile::Profile,
    time::DAY,
    verification::{Verification, VerificationStatus, VerificationType},
};
use provost_http::{HandlerError, HandlerResult, Json, RequestContext, StaffOwnerGrant};
use provost_store::Conflict;

use crate::{arrive::arrive, views::VerificationView};

/// Decides a verification.
///
/// # Errors
/// `NOT_FOUND`, `INVALID_ACTION` when it has already been decided, or for an approval when an image
/// is missing or unsuitable, `CANNOT_MODIFY_SELF`, `STALE_VERSION`.
pub async fn decide(
    ctx: &RequestContext<StaffOwnerGrant<Verification>>,
    status: VerificationStatus,
    reason: Option<String>,
) -> HandlerResult<Json<VerificationView>> {
    let (now, store) = (ctx.now(), ctx.app.store());
    let (found, owner) = (ctx.thing.clone(), ctx.owner()?.clone());
    ctx.check_version(found.version)?;
    let decided =
        found.clone().decide(status, ctx.caller.principal.pseudonym, reason.clone(), now)?;
    let days = store.settings().await?.verification_retention_days.clamp(0, 3650);

    let (action, template) = match status {
        VerificationStatus::Approved => ("verification.approved", Template::VerificationApproved),
        _ => ("verification.rejected", Template::VerificationRejected),
    };
    let mut entry = ctx.entry(
        action,
        Resource::Owned { kind: "verification", id: found.id.to_string(), owner: owner.subject() },
    );
    entry.reason = reason;
    note_change(&mut entry.changes, "status", &found.status, &decided.status);
    let mut tx = ctx.app.transaction();
    if status == VerificationStatus::Approved {
        for image in &found.images {
            arrive(&ctx.app, &found, image).await?;
        }
        let profile = store.profile(owner.user_id).await?;
        let (changed, limits) = match (found.r#type, found.student.clone()) {
            (VerificationType::Student, Some(claim)) => {
                owner.clone().become_student(claim, profile.limits.clone(), now)
            }
            _ => (owner.clone().confirm_identity(now), profile.limits.clone()),
        };
        note_change(&mut entry.changes, "idVerified", &owner.id_verified, &changed.id_verified);
        note_change(
            &mut entry.changes,
            "studentVerified",
            &owner.student_verified,
            &changed.student_verified,
        );
        note_change(&mut entry.changes, "portalTier", &owner.portal_tier, &changed.portal_tier);
        tx.save_principal(&changed)?;
        if limits != profile.limits {
            tx.save_profile(owner.user_id, &Profile { limits, ..profile })?;
        }
    } else {
        // A decision must not be written about an account that is being erased.
        tx.check_principal(&owner)?;
    }
    tx.decide_verification(&decided, now.plus(days * DAY))?;
    tx.audit(entry)?;
    let letter = Message::Mail {
        id: ctx.app.id(MessageId::new),
        user: owner.user_id,
        template,
        about: Some(About::Verification(decided.id)),
    };
    ctx.app.send(&mut tx, letter)?;
    let version = decided.version;
    let answer = Json::new(VerificationView::from(decided)).version(version);
    match ctx.commit(tx, &answer).await {
        // Another staff member was faster: evaluate the request again, to return that error.
        Err(HandlerError::Conflict(Conflict::Verification)) => Err(HandlerError::Collision),
        outcome => outcome.map(|()| answer),
    }
}
