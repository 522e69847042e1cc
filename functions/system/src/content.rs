//! `PUT /v1/system/content/{id}`: register a file or a short URL of a user. The service has uploaded
//! the file to the folder of the user, in the bucket of the platform or in an assigned one.

use provost_domain::{
    ApiError, BucketId, Code, Timestamp, User, UserId,
    content::{self, Content, ContentId, ContentKind, ContentStatus, ObjectPlace},
    file, text,
};
use provost_http::{
    Body, HandlerError, HandlerResult, Json, RequestContext, access::SystemGrant,
    user_fields::named_in,
};
use provost_operations::moderation::register_content;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Content to register. Its kind follows from the id: `fil_…` is a file, `url_…` a short URL.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterContent {
    /// User id of the owner.
    owner_id: UserId,
    /// Name, at most 255 characters.
    name: String,
    /// Media type of a file. Default: `application/octet-stream`.
    content_type: Option<String>,
    /// Size of a file in bytes, at most 512 MiB.
    #[schemars(range(min = 1, max = 536_870_912))]
    size: Option<u64>,
    /// SHA-256 of a file in hexadecimal.
    sha256: Option<String>,
    /// Key of a file in its bucket, in the folder `users/{owner_id}/files/`.
    key: Option<String>,
    /// Storage bucket of a file: one that is or was assigned to the owner, or to an organisation of
    /// the owner. Default: the bucket of the platform.
    bucket_id: Option<BucketId>,
    /// URL that a short URL leads to, `https` or `http`.
    target: Option<String>,
}

/// Registered content.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SystemContent {
    /// Content id.
    id: ContentId,
    /// Kind of content.
    kind: ContentKind,
    /// User id of the owner.
    owner_id: UserId,
    /// Name that the service gave it.
    name: String,
    /// Media type; null for a short URL.
    content_type: Option<String>,
    /// Size in bytes; 0 for a short URL.
    size: u64,
    /// SHA-256 in hexadecimal; null if it is not known.
    sha256: Option<String>,
    /// Assigned storage bucket of a file; null for the bucket of the platform, and for a short URL.
    bucket_id: Option<BucketId>,
    /// URL that a short URL leads to; null for a file.
    target: Option<String>,
    /// Status of the content.
    status: ContentStatus,
    /// Whether it is flagged, and therefore not to be served.
    flagged: bool,
    /// Time of registration.
    created_at: Timestamp,
    /// Version number; increases with every change. Also sent as the `ETag`.
    version: u64,
}

impl From<&Content> for SystemContent {
    fn from(content: &Content) -> Self {
        Self {
            id: content.id,
            kind: content.kind,
            owner_id: content.owner_id,
            name: content.name.clone(),
            content_type: content.content_type.clone(),
            size: content.size,
            sha256: content.sha256.clone(),
            bucket_id: content.object.as_ref().and_then(|place| place.store),
            target: content.target.clone(),
            status: content.status,
            flagged: content.flag.is_some(),
            created_at: content.created_at,
            version: content.version,
        }
    }
}

/// Registers content. The same request again changes nothing.
///
/// # Errors
/// `VALIDATION_FAILED`; `NOT_FOUND` for an id that content cannot have; `ALREADY_EXISTS` when other
/// content has the id; `TIER_LIMIT` when the storage of the owner is full.
pub async fn register_system_content(
    ctx: RequestContext<SystemGrant>,
    Body(body): Body<RegisterContent>,
) -> HandlerResult<Json<SystemContent>> {
    let id: ContentId = ctx.id("id", "content")?;
    let store = ctx.app.store();
    let bucket = body.bucket_id;
    let mut wanted = content(&ctx, id, body).map_err(named_in)?;
    let owner = store.user(wanted.owner_id).await?.ok_or_else(|| {
        ApiError::field("owner_id", "unknown", "No user has this id. Send the id of the owner.")
    })?;
    if let (Some(bucket), Some(place)) = (bucket, &mut wanted.object) {
        place.bucket = name_of_assigned(&ctx, &owner, bucket).await?;
        place.store = Some(bucket);
    }
    let view = |content: &Content| Json::new(content.into()).version(content.version);
    if let Some(known) = store.content(id).await? {
        return if is_same(&known, &wanted) { Ok(view(&known)) } else { Err(taken().into()) };
    }
    let change = register_content(&ctx.op(None), &owner, wanted)?;
    ctx.complete(change, |content| view(&content)).await
}

/// The name at its store of a bucket in which files of this owner may be.
async fn name_of_assigned(
    ctx: &RequestContext<SystemGrant>,
    owner: &User,
    id: BucketId,
) -> Result<String, HandlerError> {
    let is_assigned = owner.all_buckets().contains(&id)
        || ctx.app.buckets_with_files_of(owner).await?.contains(&id);
    let found = if is_assigned { ctx.app.store().bucket(id).await? } else { None };
    let found = found.ok_or_else(|| {
        ApiError::field(
            "bucket_id",
            "not_assigned",
            "This bucket is assigned neither to the owner nor to an organisation of the owner. Use one that is, or omit it for the bucket of the platform.",
        )
    })?;
    Ok(found.place.bucket)
}

fn is_same(known: &Content, wanted: &Content) -> bool {
    let facts = |content: &Content| {
        (
            content.owner_id,
            content.name.clone(),
            content.content_type.clone(),
            content.size,
            content.sha256.clone(),
            content.target.clone(),
            content.object.clone(),
        )
    };
    facts(known) == facts(wanted)
}

fn taken() -> ApiError {
    ApiError::new(Code::AlreadyExists, "Other content has this id. Use another id.")
        .with("field", "id")
}

fn content(
    ctx: &RequestContext<SystemGrant>,
    id: ContentId,
    body: RegisterContent,
) -> Result<Content, ApiError> {
    let required = |field: &'static str, message: &'static str| {
        move || ApiError::field(field, "required", message)
    };
    let base = Content {
        id,
        kind: id.kind(),
        owner_id: body.owner_id,
        name: text::line("name", &body.name, content::MAX_NAME)?,
        content_type: None,
        size: 0,
        sha256: None,
        target: None,
        object: None,
        status: ContentStatus::Available,
        created_at: ctx.now(),
        flag: None,
        removal: None,
        version: 1,
    };
    let foreign = |field| {
        Err(ApiError::field(
            field,
            "contradiction",
            "This content does not have this value. Omit the field, or use an id of the other kind.",
        ))
    };
    if id.kind() == ContentKind::Url {
        let of_file = [
            ("content_type", body.content_type.is_some()),
            ("size", body.size.is_some()),
            ("sha256", body.sha256.is_some()),
            ("key", body.key.is_some()),
            ("bucket_id", body.bucket_id.is_some()),
        ];
        if let Some((field, _)) = of_file.into_iter().find(|(_, given)| *given) {
            return foreign(field);
        }
        let target = body.target.ok_or_else(required(
            "target",
            "A short URL leads to another URL. Give it in `target`.",
        ))?;
        return Ok(Content { target: Some(content::target("target", &target)?), ..base });
    }
    if body.target.is_some() {
        return foreign("target");
    }
    let size = body.size.ok_or_else(required("size", "A file has a size. Give it in bytes."))?;
    content::check_size(size)?;
    let key = body.key.ok_or_else(required("key", "A file has a key in the bucket. Give it."))?;
    let folder = format!("{}files/", file::prefix(body.owner_id));
    let name = key.strip_prefix(&folder).unwrap_or_default();
    let is_plain = |c: char| c.is_ascii_graphic() && c != '\\';
    if name.is_empty() || name.len() > 512 || name.contains("..") || !name.chars().all(is_plain) {
        return Err(ApiError::field(
            "key",
            "invalid",
            "This key is not in the folder of the owner. Upload the file below `users/{owner_id}/files/`.",
        ));
    }
    let object = ObjectPlace { bucket: ctx.app.store().names().files.clone(), key, store: None };
    Ok(Content {
        content_type: Some(content::media_type(body.content_type.as_deref())?),
        size,
        sha256: body.sha256.map(|given| content::sha256("sha256", &given)).transpose()?,
        object: Some(object),
        ..base
    })
}
