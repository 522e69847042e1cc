use provost_domain::{
    ApiError, evidence,
    verification::{Image, MAX_IMAGE, Verification, image_key, incoming_key},
};
use provost_store::{Conflict, Store, StoreError};

use crate::{Op, OperationError};

/// Ensures that the checked copy of a separately uploaded image is stored, under a key that no
/// upload URL reaches. From then on, staff always see this copy, whatever else is uploaded.
///
/// # Errors
/// `INVALID_ACTION` when the image has not been uploaded or cannot be stored; `NOT_FOUND` when the
/// user is being erased.
pub async fn accept_image(
    op: &Op<'_>,
    found: &Verification,
    image: &Image,
) -> Result<(), OperationError> {
    let (store, bucket) = (op.app.store(), &op.app.store().names().files);
    let place = image_key(found.user_id, found.id, image.kind);
    if store.object_size(bucket, &place).await?.is_some() {
        return Ok(());
    }
    let incoming = incoming_key(found.user_id, found.id, image.kind);
    let file = match store.object_size(bucket, &incoming).await? {
        None => return Err(refused("has not been uploaded").into()),
        Some(size) if size > MAX_IMAGE => return Err(refused("is larger than 10 MiB").into()),
        Some(_) => store
            .open_object(bucket, &incoming)
            .await?
            .ok_or_else(|| refused("has not been uploaded"))?,
    };
    let file = file
        .collect()
        .await
        .map_err(|cause| StoreError::unavailable("reading an image", cause))?
        .into_bytes();
    let kept = evidence::kept(&image.content_type, &file)
        .map_err(|_| refused("is damaged or does not match its media type"))?;
    // An erasure that starts now waits for this upload window and looks again.
    let mut tx = op.transaction();
    tx.check_not_erasing(found.user_id)?;
    tx.open_upload_window(found.user_id, op.app.now())?;
    match tx.commit().await {
        Err(error) if error.conflict() == Some(Conflict::Erasing) => {
            return Err(ApiError::missing("verification").into());
        }
        outcome => outcome?,
    }
    // Another request may have been faster, and another image may have been uploaded in between:
    // the one that staff saw first remains.
    store.put_new_object(bucket, &place, &image.content_type, kept.into()).await?;
    // After a kill before this, the incoming objects are removed with the expired image.
    store.erase_objects(bucket, &incoming).await?;
    Ok(())
}

/// Whether an image has been uploaded, checked or not.
///
/// # Errors
/// When the bucket is unavailable.
pub async fn has_image(
    store: &Store,
    found: &Verification,
    image: &Image,
) -> Result<bool, StoreError> {
    let bucket = &store.names().files;
    for key in [
        image_key(found.user_id, found.id, image.kind),
        incoming_key(found.user_id, found.id, image.kind),
    ] {
        if store.object_size(bucket, &key).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn refused(what: &str) -> ApiError {
    ApiError::invalid_action(
        format!(
            "An image of this verification {what}. Reject the verification so that the user can submit a new one."
        ),
        &["reject"],
    )
}
