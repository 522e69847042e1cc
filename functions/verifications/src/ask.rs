//! Submitting a verification: the images first, then the request in one transaction. Only one
//! verification of each type can be pending; one whose images were never uploaded can be replaced.

use provost_domain::{
    VerificationId,
    entitlement::StudentClaim,
    verification::{
        Image, ImageKind, Verification, VerificationStatus, VerificationType, image_key,
        incoming_key, prefix,
    },
};
use provost_http::{Created, HandlerError, HandlerResult, RequestContext, SignedInGrant};
use provost_operations::verification::{
    already_pending, request_verification, stalled_verification,
};
use provost_store::Conflict;
use tracing::warn;

use crate::{uploads::Checked, views::AskedView};

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
    let (now, owner) = (ctx.now(), &ctx.caller.user);
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
    let written = match submit(ctx, &asked, awaited, None, &answer).await {
        Err(HandlerError::Conflict(Conflict::OpenVerification)) => {
            replace(ctx, &asked, awaited, &answer).await
        }
        outcome => outcome,
    };
    match written {
        Ok(answer) => Ok(answer),
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
            Err(problem)
        }
    }
}

/// Writes the request, replacing one that cannot be decided. `awaited` says whether uploads are
/// expected.
async fn submit(
    ctx: &RequestContext<SignedInGrant>,
    asked: &Verification,
    awaited: bool,
    stalled: Option<Verification>,
    answer: &Created<AskedView>,
) -> HandlerResult<Created<AskedView>> {
    let (op, owner) = (ctx.op(None), &ctx.caller.user);
    let change = request_verification(&op, owner, asked.clone(), awaited, stalled)?;
    ctx.complete(change, |_| answer.clone()).await
}

/// Writes the request in place of the pending one, if that cannot be decided.
async fn replace(
    ctx: &RequestContext<SignedInGrant>,
    asked: &Verification,
    awaited: bool,
    answer: &Created<AskedView>,
) -> HandlerResult<Created<AskedView>> {
    let user = ctx.caller.user.user_id;
    match stalled_verification(&ctx.op(None), user, asked.r#type).await? {
        Some(stalled) => submit(ctx, asked, awaited, Some(stalled), answer).await,
        None => Err(already_pending().into()),
    }
}
