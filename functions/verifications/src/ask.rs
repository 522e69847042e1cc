//! Asking for a verification: the images first, then the request in one transaction. Of each type one waits at a time.

use provost_domain::{
    Code, Refused, VerificationId,
    audit::Resource,
    entitlement::StudentClaim,
    verification::{Image, ImageKind, Verification, VerificationStatus, VerificationType, image_key, incoming_key, prefix},
};
use provost_http::{Answer, Call, Created, Person, Problem};
use provost_store::verifications::LOCK;
use tracing::warn;

use crate::{uploads::Checked, views::AskedView};

/// Asks for a verification.
///
/// # Errors
/// `IN_PROGRESS` when one of the same type waits already.
pub async fn ask(
    call: &Call<Person>,
    r#type: VerificationType,
    student: Option<StudentClaim>,
    uploads: Vec<(ImageKind, Checked)>,
) -> Answer<Created<AskedView>> {
    let (now, owner) = (call.now(), &call.caller.principal);
    let id = call.app.id(VerificationId::new);
    let images =
        uploads.iter().map(|(kind, upload)| Image { kind: *kind, content_type: upload.content_type.clone(), size: upload.size }).collect();
    let asked = Verification {
        id,
        user_id: owner.user_id,
        r#type,
        status: VerificationStatus::Pending,
        student,
        images,
        created_at: now,
        decided_at: None,
        decided_by: None,
        reason: None,
        images_removed_at: None,
        version: 1,
    };
    let mut puts = Vec::new();
    for (kind, upload) in uploads {
        let (key, incoming) = (image_key(owner.user_id, id, kind), incoming_key(owner.user_id, id, kind));
        puts.extend(upload.store(&call.app, &key, &incoming, kind.as_str()).await?);
    }
    let mut tx = call.app.transaction();
    // Nothing is added to someone who is being erased.
    tx.check_principal(owner)?;
    tx.create_verification(&asked)?;
    if !puts.is_empty() {
        tx.open_upload_window(owner.user_id, now)?;
    }
    tx.audit(call.entry("verification.requested", Resource::Owned { kind: "verification", id: id.to_string(), owner: owner.subject() }))?;
    let answer = Created(AskedView::of(&asked, puts), format!("/api/admin/verifications/{id}"));
    match call.commit(tx, &answer).await {
        Ok(()) => Ok(answer),
        Err(problem) => {
            let store = call.app.store();
            match store.verification(id).await {
                // It was written, and only the answer to that was lost.
                Ok(Some(_)) => return Ok(answer),
                // What was stored belongs to no request; should this fail as well, an export and an erasure find it below the person's prefix.
                Ok(None) => {
                    if let Err(error) = store.erase_objects(&store.names().files, &prefix(owner.user_id, id)).await {
                        warn!(verification.id = %id, cause = %error, "images of no request could not be removed");
                    }
                }
                // Nobody knows; better an image too many than a request without.
                Err(error) => warn!(verification.id = %id, cause = %error, "a verification may have been asked for"),
            }
            Err(match problem {
                Problem::Failed { action: LOCK, .. } => Refused::new(
                    Code::InProgress,
                    "A verification of this kind waits for a decision already; we write to you when it is made.",
                )
                .into(),
                problem => problem,
            })
        }
    }
}
