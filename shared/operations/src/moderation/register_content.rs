use provost_domain::{
    ApiError, BucketId, Code, FileId, User,
    audit::note_change,
    content::{Content, ContentKind, ContentStatus, DEFAULT_MEDIA_TYPE, ObjectPlace},
    file::object_key,
};
use provost_store::{Conflict, StoreError};

use super::resource;
use crate::{Change, Op, OperationError};

/// A file that a user is about to upload.
#[derive(Debug, Clone)]
pub struct NewFile {
    /// Name of the file.
    pub name: String,
    /// Media type.
    pub content_type: String,
    /// Size in bytes.
    pub size: u64,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// The assigned storage bucket that it is for; none for the bucket of the platform.
    pub bucket: Option<BucketId>,
}

/// The content of a new file. Its bytes will be in the bucket that it is for, below the prefix of its
/// owner.
///
/// # Errors
/// The store failed.
pub async fn new_file(op: &Op<'_>, owner: &User, file: NewFile) -> Result<Content, StoreError> {
    let (id, store) = (op.app.id(FileId::new), op.app.store());
    // One that was removed from the platform since it was assigned is assigned no more.
    let assigned = match file.bucket {
        Some(bucket) => store.bucket(bucket).await?,
        None => None,
    };
    let bucket = assigned.as_ref().map_or(&store.names().files, |bucket| &bucket.place.bucket);
    Ok(Content {
        id: id.into(),
        kind: ContentKind::File,
        owner_id: owner.user_id,
        name: file.name,
        content_type: Some(file.content_type),
        size: file.size,
        sha256: Some(file.sha256),
        target: None,
        object: Some(ObjectPlace {
            bucket: bucket.clone(),
            key: object_key(owner.user_id, id),
            store: assigned.as_ref().map(|bucket| bucket.id),
        }),
        status: ContentStatus::Pending,
        created_at: op.now,
        flag: None,
        removal: None,
        version: 1,
    })
}

/// The origin of the URLs that accept uploads of a user's files; `None` if there is no bucket.
///
/// # Errors
/// The store failed.
pub async fn upload_origin(op: &Op<'_>, owner: &User) -> Result<Option<String>, StoreError> {
    let any = NewFile {
        name: String::new(),
        content_type: DEFAULT_MEDIA_TYPE.to_owned(),
        size: 1,
        sha256: String::new(),
        bucket: owner.storage_bucket,
    };
    let Some(place) = new_file(op, owner, any).await?.object else { return Ok(None) };
    let Some(there) = op.app.store_at(&place).await? else { return Ok(None) };
    let url =
        there.presign_exact_upload(&place.bucket, &place.key, DEFAULT_MEDIA_TYPE, 1, "").await?;
    let host = url.split_once("://").and_then(|(scheme, rest)| {
        let host = rest.split(['/', '?']).next()?;
        Some(format!("{scheme}://{host}"))
    });
    Ok(host)
}

/// Registers content, and counts it towards the owner's storage: from now on for a file that is
/// still to be uploaded, so that uploads at the same time cannot exceed the quota together.
///
/// # Errors
/// `TIER_LIMIT` above the quota, `ALREADY_EXISTS` when the id is taken.
pub fn register_content(
    op: &Op<'_>,
    owner: &User,
    content: Content,
) -> Result<Change<Content>, OperationError> {
    let mut entry = op.entry("content.registered", resource(&content, owner));
    let mut tx = op.transaction();
    // Either way, nothing is added to an account that is being erased.
    if content.kind == ContentKind::File {
        let mut after = owner.clone().add_stored_file(content.size, op.now)?;
        // Exports and erasures find it there, also if the bucket is an organisation's.
        let bucket = content.object.as_ref().and_then(|place| place.store);
        after.earlier_buckets.extend(bucket.filter(|bucket| after.storage_bucket != Some(*bucket)));
        note_change(&mut entry.changes, "storageUsed", &owner.storage_used, &after.storage_used);
        tx.save_user(&after)?;
    } else {
        tx.check_user(owner)?;
    }
    if content.status == ContentStatus::Pending {
        tx.open_upload_window(owner.user_id, op.now)?;
    }
    tx.register_content(&content)?;
    tx.audit(entry)?;
    let taken = ApiError::new(Code::AlreadyExists, "Content with this id exists. Use another id.")
        .with("field", "id");
    Ok(Change::new(tx, content).refused_on(Conflict::Content, taken))
}
