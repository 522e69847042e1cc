//! `POST /api/files`: register a file, and answer with a URL that accepts exactly its bytes, in the
//! bucket of the user or organisation that it is for.

use provost_domain::{
    ApiError, BucketId, OrganisationId, UserId, content, organisation::Organisation, text,
};
use provost_http::{Body, Created, HandlerError, HandlerResult, RequestContext, SignedInGrant};
use provost_operations::moderation::{NewFile, new_file, register_content};
use provost_store::{Store, objects::PRESIGNED_LIFE};
use schemars::JsonSchema;
use serde::Deserialize;

use super::views::{FileView, NewFileView, UploadHeaders, UploadInstructions};

/// A file to upload.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateFile {
    /// Name of the file, at most 255 characters.
    #[schemars(length(min = 1, max = 255))]
    name: String,
    /// Media type of the file, as the upload will send it. If it is absent or empty, it is
    /// `application/octet-stream`.
    #[serde(default)]
    content_type: Option<String>,
    /// Size of the file in bytes, at most 512 MiB.
    #[schemars(range(min = 1, max = 536_870_912))]
    size: u64,
    /// SHA-256 of the file in hexadecimal.
    #[schemars(length(equal = 64))]
    sha256: String,
    /// Organisation that the file is uploaded for, of which you are a member. The file is kept in the
    /// bucket of the organisation, if it has one. It is yours all the same.
    #[serde(default)]
    organisation_id: Option<OrganisationId>,
}

/// Registers a file.
///
/// # Errors
/// `VALIDATION_FAILED`; `NOT_FOUND` for an organisation of others; `TIER_LIMIT` when the storage is
/// full.
pub async fn create_file(
    ctx: RequestContext<SignedInGrant>,
    Body(body): Body<CreateFile>,
) -> HandlerResult<Created<NewFileView>> {
    let name = text::line("name", &body.name, content::MAX_NAME)?;
    let content_type = content::media_type(body.content_type.as_deref())?;
    content::check_size(body.size)?;
    let sha256 = content::sha256("sha256", &body.sha256)?;

    let (op, owner) = (ctx.op(None), &ctx.caller.user);
    let bucket = match body.organisation_id {
        Some(id) => bucket_of(ctx.app.store(), id, owner.user_id).await?,
        None => owner.storage_bucket,
    };
    let file =
        NewFile { name, content_type: content_type.clone(), size: body.size, sha256, bucket };
    let file = new_file(&op, owner, file).await?;
    let place = file.object.as_ref().ok_or_else(|| ApiError::missing("file"))?;
    let there = ctx.app.store_at(place).await?.ok_or_else(|| ApiError::missing("bucket"))?;
    let checksum = file.checksum().unwrap_or_default();
    let url = there
        .presign_exact_upload(&place.bucket, &place.key, &content_type, file.size, &checksum)
        .await?;
    let checksum = there.checks_uploads().then_some(checksum);
    let life = i64::try_from(PRESIGNED_LIFE.as_millis()).unwrap_or(0);
    let upload = UploadInstructions {
        method: "PUT",
        url,
        headers: UploadHeaders { content_length: file.size.to_string(), content_type, checksum },
        expires_at: op.now.plus(life),
    };
    let change = register_content(&op, owner, file)?;
    ctx.complete(change, |file| {
        let place = format!("/api/files/{}", file.id);
        Created(NewFileView { file: FileView::from(&file), upload: upload.clone() }, place)
    })
    .await
}

/// The bucket of an organisation of which this user is a member.
async fn bucket_of(
    store: &Store,
    organisation: OrganisationId,
    user: UserId,
) -> Result<Option<BucketId>, HandlerError> {
    let missing = || ApiError::missing("organisation");
    let (found, member) = store.organisation_and_member(organisation, user).await?;
    member.ok_or_else(missing)?;
    Ok(found.filter(Organisation::is_active).ok_or_else(missing)?.storage_bucket)
}
