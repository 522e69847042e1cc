//! Submitting a verification: the images first, then the request in one transaction. Only one
//! verification of each type can be pending; one whose images were never uploaded can be replaced.

use provost_domain::{
    ApiError, Code, VerificationId,
    audit::{Resource, note_change},
    entitlement::StudentClaim,
    time::HOUR,
    verification::{
        Image, ImageKind, Verification, VerificationStatus, VerificationType, image_key,
        incoming_key, prefix,
    },
};
use provost_http::{Created, HandlerError, HandlerResult, RequestContext, SignedInGrant};
use provost_store::Conflict;
use tracing::warn;

use crate::{arrive::has_come, uploads::Checked, views::AskedView};

/// Submits a verification.
///
/// # Errors
/// `IN_PROGRESS` when one of the same type is already pending.
pub async fn ask(
    ctx: &RequestContext<SignedInGrant>,
    r#type: VerificationType,
    student: Option<StudentClaim>,
    uploads: Vec<(ImageKind, Checked)>,
) -> HandlerResult<Created<AskedView>> {
    let (now, owner) = (ctx.now(), &ctx.caller.principal);
    let id = ctx.app.id(VerificationId::new);
    let images = uploads
        .iter()
        .map(|(kind, upload)| Image {
            kind: *kind,
            content_type: upload.content_type.clone(),
            size: upload.size,
        })
        .collect();
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
        let (key, incoming) =
            (image_key(owner.user_id, id, kind), incoming_key(owner.user_id, id, kind));
        puts.extend(upload.store(&ctx.app, &key, &incoming, kind.as_str()).await?);
    }
    let awaited = !puts.is_empty();
    // The user cannot open the URL at which staff find the verification.
    let answer = Created(AskedView::of(&asked, puts), "/api/users/me".to_owned());
    let written = match write(ctx, &asked, awaited, None, &answer).await {
        Err(HandlerError::Conflict(Conflict::OpenVerification)) => match stalled(ctx, r#type).await
        {
            Ok(Some(stalled)) => write(ctx, &asked, awaited, Some(stalled), &answer).await,
            Ok(None) => Err(waits().into()),
            Err(problem) => Err(problem),
        },
        outcome => outcome,
    };
    match written {
        Ok(()) => Ok(answer),
        Err(problem) => {
            let store = ctx.app.store();
            match store.verification(id).await {
                // The item was written, and only the response was lost.
                Ok(Some(_)) => return Ok(answer),
                // The stored images belong to no request. If their removal fails too, an export and
                // an erasure find them under the user's prefix.
                Ok(None) => {
                    if let Err(error) =
                        store.erase_objects(&store.names().files, &prefix(owner.user_id, id)).await
                    {
                        warn!(verification.id = %id, cause = %error, "images of no request could not be removed");
                    }
                }
                // The result is unknown; an extra image is better than a request without one.
                Err(error) => {
                    warn!(verification.id = %id, cause = %error, "a verification may have been asked for")
                }
            }
            Err(match problem {
                HandlerError::Conflict(Conflict::OpenVerification) => waits().into(),
                problem => problem,
            })
        }
    }
}

/// Writes the request, replacing one that cannot be decided. `awaited` says whether uploads are
/// expected, which an erasure waits for.
async fn write(
    ctx: &RequestContext<SignedInGrant>,
    asked: &Verification,
    awaited: bool,
    stalled: Option<Verification>,
    answer: &Created<AskedView>,
) -> Result<(), HandlerError> {
    let (now, owner) = (ctx.now(), &ctx.caller.principal);
    let entry = |action, id: VerificationId| {
        ctx.entry(
            action,
            Resource::Owned { kind: "verification", id: id.to_string(), owner: owner.subject() },
        )
    };
    let mut tx = ctx.app.transaction();
    // Nothing is added to an account that is being erased.
    tx.check_principal(owner)?;
    if awaited {
        tx.open_upload_window(owner.user_id, now)?;
    }
    match stalled {
        None => tx.create_verification(asked)?,
        Some(stalled) => {
            let ended = stalled.clone().supersede(now)?;
            let mut entry = entry("verification.superseded", ended.id);
            note_change(&mut entry.changes, "status", &stalled.status, &ended.status);
            tx.replace_verification(&ended, asked, now.plus(HOUR))?;
            tx.audit(entry)?;
        }
    }
    tx.audit(entry("verification.requested", asked.id))?;
    match ctx.commit(tx, answer).await {
        // Staff decided the other one at the same time: evaluate the request again.
        Err(HandlerError::Conflict(Conflict::Verification)) => Err(HandlerError::Collision),
        outcome => outcome,
    }
}

/// The pending request if it can never be decided: an image was not uploaded, and its upload URLs
/// have expired.
async fn stalled(
    ctx: &RequestContext<SignedInGrant>,
    r#type: VerificationType,
) -> Result<Option<Verification>, HandlerError> {
    let found = ctx.app.store().waiting_verification(ctx.caller.principal.user_id, r#type).await?;
    let Some(found) = found.filter(|found| {
        found.status == VerificationStatus::Pending && found.uploads_over(ctx.now())
    }) else {
        return Ok(None);
    };
    for image in &found.images {
        if !has_come(&ctx.app, &found, image).await? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn waits() -> ApiError {
    ApiError::new(
        Code::InProgress,
        "A verification of this type is already pending. You will receive an email with the decision. If its images were not uploaded, you can submit a new one after five minutes.",
    )
}
