//! Deciding a verification: the decision, what it does to the account, and the audit entry are one write.

use provost_domain::{
    Refused, VerificationId,
    audit::{Resource, note_change},
    profile::Profile,
    time::DAY,
    verification::{Verification, VerificationStatus, VerificationType, image_key},
};
use provost_http::{Answer, Call, Json, Problem, access::Staff, users};
use provost_store::verifications::VERIFICATION;

use crate::views::VerificationView;

/// The verification that the path names.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn find(call: &Call<Staff>) -> Answer<Verification> {
    let id: VerificationId = call.id("id", "verification")?;
    Ok(call.app.store().verification(id).await?.ok_or_else(|| Refused::missing("verification"))?)
}

/// Decides it.
///
/// # Errors
/// `NOT_FOUND`, `INVALID_ACTION` when it was decided before or an image has not arrived, `CANNOT_MODIFY_SELF`, `STALE_VERSION`.
pub async fn decide(call: &Call<Staff>, status: VerificationStatus, reason: Option<String>) -> Answer<Json<VerificationView>> {
    let (now, store) = (call.now(), call.app.store());
    let found = find(call).await?;
    users::not_self(call, found.user_id)?;
    call.check_version(found.version)?;
    let decided = found.clone().decide(status, call.caller.principal.pseudonym, reason.clone(), now)?;
    let owner = store.principal(found.user_id).await?.ok_or_else(|| Refused::missing("verification"))?;
    let days = store.settings().await?.verification_retention_days.clamp(0, 3650);

    let action = if status == VerificationStatus::Approved { "verification.approved" } else { "verification.rejected" };
    let mut entry = call.entry(action, Resource::Owned { kind: "verification", id: found.id.to_string(), owner: owner.subject() });
    entry.reason = reason;
    note_change(&mut entry.changes, "status", &found.status, &decided.status);
    let mut tx = call.app.transaction();
    if status == VerificationStatus::Approved {
        check_arrived(call, &found).await?;
        let profile = store.profile(owner.user_id).await?;
        let (changed, limits) = match (found.r#type, found.student.clone()) {
            (VerificationType::Student, Some(claim)) => owner.clone().become_student(claim, profile.limits.clone(), now),
            _ => (owner.clone().confirm_identity(now), profile.limits.clone()),
        };
        note_change(&mut entry.changes, "idVerified", &owner.id_verified, &changed.id_verified);
        note_change(&mut entry.changes, "studentVerified", &owner.student_verified, &changed.student_verified);
        note_change(&mut entry.changes, "portalTier", &owner.portal_tier, &changed.portal_tier);
        tx.save_principal(&changed)?;
        if limits != profile.limits {
            tx.save_profile(owner.user_id, &Profile { limits, ..profile })?;
        }
    } else {
        // A decision must not be written about someone who is being erased.
        tx.check_principal(&owner)?;
    }
    tx.decide_verification(&decided, now.plus(days * DAY))?;
    tx.audit(entry)?;
    let version = decided.version;
    let answer = Json::new(VerificationView::from(decided)).version(version);
    match call.commit(tx, &answer).await {
        // A colleague was faster: decided anew, which says so.
        Err(Problem::Failed { action: VERIFICATION, .. }) => Err(Problem::Collision),
        outcome => outcome.map(|()| answer),
    }
}

/// What was to be put later must be there, or nobody can have seen it.
async fn check_arrived(call: &Call<Staff>, found: &Verification) -> Answer<()> {
    let store = call.app.store();
    for image in &found.images {
        if store.object_size(&store.names().files, &image_key(found.user_id, found.id, image.kind)).await?.is_none() {
            return Err(Refused::invalid_action(
                "An image of this verification has not arrived; reject it, so that the person can send a new one.",
                &["reject"],
            )
            .into());
        }
    }
    Ok(())
}
