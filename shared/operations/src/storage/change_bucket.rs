use std::fmt;

use provost_domain::{
    ApiError,
    storage::{Bucket, Place, SecretInput, mask},
};
use provost_store::{Conflict, buckets::BucketCredentials};

use super::{
    contents::{Contents, not_empty, unknown_contents},
    note_bucket, resource,
};
use crate::{Change, Op, OperationError};

/// A change of a bucket.
#[derive(Clone)]
pub struct BucketChange {
    /// Name for staff.
    pub name: String,
    /// Where it is.
    pub place: Place,
    /// Key id.
    pub access_key_id: SecretInput,
    /// Secret.
    pub secret_access_key: SecretInput,
}

impl fmt::Debug for BucketChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, place, .. } = self;
        f.debug_struct("BucketChange")
            .field("name", name)
            .field("place", place)
            .finish_non_exhaustive()
    }
}

/// Changes a bucket. Returns no change if it has these values.
///
/// # Errors
/// `INVALID_ACTION` when the bucket is moved while it holds objects, `VALIDATION_FAILED` when only one half of the credentials remains, or the bucket would be sent to
/// another server with the present secret.
pub async fn change_bucket(
    op: &Op<'_>,
    before: &Bucket,
    change: BucketChange,
) -> Result<Option<Change<Bucket>>, OperationError> {
    let BucketChange { name, place, access_key_id, secret_access_key } = change;
    let moves = place.endpoint != before.place.endpoint;
    let keeps_secret = secret_access_key == SecretInput::Keep;
    // Signatures with the present secret would go to a server of the caller's choice.
    if moves && keeps_secret && before.credentials.is_some() {
        return Err(ApiError::field(
            "secretAccessKey",
            "required",
            "The endpoint changes, so the secret has to be entered again.",
        )
        .into());
    }
    check_move(op, before, &place).await?;
    let unchanged = access_key_id == SecretInput::Keep && keeps_secret;
    let (credentials, key_hint) = if unchanged {
        (before.credentials.clone(), before.key_hint.clone())
    } else {
        let sealing = op.app.keys().storage().await?;
        let present = match &before.credentials {
            Some(sealed) => Some(sealing.open(before.id, sealed)?),
            None => None,
        };
        let (id, secret) = present.map(|held| (held.access_key_id, held.secret_access_key)).unzip();
        match (access_key_id.apply(id), secret_access_key.apply(secret)) {
            (Some(access_key_id), Some(secret_access_key)) => {
                let hint = mask(&access_key_id);
                let credentials = BucketCredentials { access_key_id, secret_access_key };
                (Some(sealing.seal(before.id, &credentials)?), hint)
            }
            (None, None) => (None, String::new()),
            (Some(_), None) => return Err(half("secretAccessKey").into()),
            (None, Some(_)) => return Err(half("accessKeyId").into()),
        }
    };
    // The user who was sent the earlier credentials does not have these.
    let handed_to = before.handed_to.filter(|_| credentials == before.credentials);
    let after = Bucket {
        name,
        place,
        credentials,
        key_hint,
        handed_to,
        updated_at: op.now,
        ..before.clone()
    };
    let mut entry = op.entry("bucket.updated", resource(before));
    note_bucket(&mut entry.changes, Some(before), Some(&after));
    if entry.changes.is_empty() {
        return Ok(None);
    }
    let mut tx = op.transaction();
    tx.save_bucket(&after)?;
    tx.audit(entry)?;
    let after = Bucket { version: before.version + 1, ..after };
    Ok(Some(Change::new(tx, after).decided_again_on(&[Conflict::Bucket])))
}

/// Checks that a bucket whose files would be left behind stays where it is. The name of a bucket is
/// that of one bucket at its endpoint, so a region that does not work can be corrected.
async fn check_move(op: &Op<'_>, before: &Bucket, place: &Place) -> Result<(), OperationError> {
    let Place { bucket, region, endpoint, .. } = &before.place;
    let leaves = place.bucket != *bucket || place.endpoint != *endpoint;
    if !leaves && place.region == *region {
        return Ok(());
    }
    match Contents::of(op, before).await? {
        Contents::Objects { number, more } => Err(not_empty(number, more).into()),
        Contents::Unknown if leaves && before.ever_assigned => Err(unknown_contents(before).into()),
        Contents::Empty | Contents::Unknown => Ok(()),
    }
}

fn half(field: &str) -> ApiError {
    ApiError::field(
        field,
        "required",
        "The key id and the secret belong together. Enter both, or clear both.",
    )
}
