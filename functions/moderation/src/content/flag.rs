//! `POST /api/admin/content/flag`: flag or unflag a file or a short URL.

use provost_domain::{
    ApiError,
    content::{ContentId, ContentKind},
    rank::check_staff_rank,
};
use provost_http::{Body, HandlerResult, Json, RequestContext, StaffGrant};
use provost_operations::moderation;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Kind of content, in lower or upper case.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
pub enum FlaggedKind {
    /// A file.
    #[serde(rename = "file", alias = "FILE")]
    File,
    /// A short URL.
    #[serde(rename = "url", alias = "URL")]
    Url,
}

impl FlaggedKind {
    const fn kind(self) -> ContentKind {
        match self {
            Self::File => ContentKind::File,
            Self::Url => ContentKind::Url,
        }
    }
}

/// Request to flag or unflag content.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FlagContent {
    /// Kind of content: `file` or `url`; upper case is accepted too.
    content_type: FlaggedKind,
    /// Id of the file or short URL.
    content_id: String,
    /// Whether the content is to be flagged or unflagged.
    flagged: bool,
    /// Reason, 3 to 500 characters. Required, here or in the header `X-Reason`.
    #[serde(default)]
    reason: Option<String>,
}

/// The result of flagging or unflagging content.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContentFlagView {
    /// Content id.
    id: ContentId,
    /// Whether the content is flagged.
    flagged: bool,
}

/// Flags or unflags content.
///
/// # Errors
/// `VALIDATION_FAILED` without a reason; `NOT_FOUND`; `INVALID_ACTION` when it is in this state
/// already, or removed; `CANNOT_MODIFY_SELF` and `OUTRANKED`.
pub async fn flag_content(
    ctx: RequestContext<StaffGrant>,
    Body(body): Body<FlagContent>,
) -> HandlerResult<Json<ContentFlagView>> {
    let reason = ctx.required_reason(body.reason.as_deref())?;
    let missing = || ApiError::missing("content");
    let id: ContentId = body.content_id.parse().map_err(|_| missing())?;
    if id.kind() != body.content_type.kind() {
        return Err(missing().into());
    }
    let store = ctx.app.store();
    let content = store.content(id).await?.ok_or_else(missing)?;
    let owner = store.user(content.owner_id).await?.ok_or_else(missing)?;
    check_staff_rank(ctx.caller.acting(), &owner)?;
    let (op, by) = (ctx.op(Some(reason)), ctx.caller.user.pseudonym);
    let change = if body.flagged {
        moderation::flag_content(&op, &content, &owner, None, by)?
    } else {
        moderation::unflag_content(&op, &content, &owner, by).await?
    };
    ctx.complete(change, |content| {
        Json::new(ContentFlagView { id: content.id, flagged: content.flag.is_some() })
    })
    .await
}
