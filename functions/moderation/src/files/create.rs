//! `POST /api/files`: register a file, and answer with a URL that accepts exactly its bytes.

use provost_domain::{content, text};
use provost_http::{Body, Created, HandlerResult, RequestContext, SignedInGrant};
use provost_operations::moderation::{NewFile, new_file, register_content};
use provost_store::objects::PRESIGNED_LIFE;
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
}

/// Registers a file.
///
/// # Errors
/// `VALIDATION_FAILED`; `TIER_LIMIT` when the storage is full.
pub async fn create_file(
    ctx: RequestContext<SignedInGrant>,
    Body(body): Body<CreateFile>,
) -> HandlerResult<Created<NewFileView>> {
    let name = text::line("name", &body.name, content::MAX_NAME)?;
    let content_type = content::media_type(body.content_type.as_deref())?;
    content::check_size(body.size)?;
    let sha256 = content::sha256("sha256", &body.sha256)?;

    let (op, owner) = (ctx.op(None), &ctx.caller.user);
    let file = NewFile { name, content_type: content_type.clone(), size: body.size, sha256 };
    let file = new_file(&op, owner, file);
    let checksum = file.checksum().unwrap_or_default();
    let store = ctx.app.store();
    let url = match &file.object {
        Some(place) => {
            store
                .presign_exact_upload(
                    &place.bucket,
                    &place.key,
                    &content_type,
                    file.size,
                    &checksum,
                )
                .await?
        }
        None => String::new(),
    };
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
