//! Evidence: what content was when it was reported, and a copy of its bytes, kept for the legal
//! period whatever becomes of the content.

use serde::{Deserialize, Serialize};

use super::{Content, ContentId, ContentKind, ObjectPlace};
use crate::{
    EvidenceId, Timestamp, UserId,
    time::{DAY, HOUR},
};

/// How long evidence is kept from the time it was taken, in milliseconds.
pub const EVIDENCE_LIFE: i64 = 365 * DAY;
/// How long evidence is kept that no report refers to, in milliseconds: the request that took it
/// has failed.
pub const UNUSED_EVIDENCE_LIFE: i64 = HOUR;
/// The folder of copies, below a user's prefix.
pub const EVIDENCE_FOLDER: &str = "evidence/";

/// Evidence about content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// Evidence id.
    pub id: EvidenceId,
    /// Id of the content.
    pub content_id: ContentId,
    /// Kind of content.
    pub kind: ContentKind,
    /// User id of the owner.
    pub owner_id: UserId,
    /// Name of the content.
    pub name: String,
    /// Media type; none for a short URL.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub content_type: Option<String>,
    /// Size in bytes.
    #[serde(default)]
    pub size: u64,
    /// SHA-256 of the bytes in hexadecimal, if known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sha256: Option<String>,
    /// The URL that a short URL leads to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target: Option<String>,
    /// The place of the copy; none if there were no bytes to copy.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub copy: Option<ObjectPlace>,
    /// Time at which it was taken.
    pub created_at: Timestamp,
}

impl Evidence {
    /// Evidence about content as it is now, with a copy in this bucket. The copy is below the
    /// owner's prefix, so that it is erased with the owner's other data; a legal hold keeps it.
    pub fn of(id: EvidenceId, content: &Content, bucket: &str, now: Timestamp) -> Self {
        let folder = crate::file::prefix(content.owner_id);
        let copy = content.has_bytes().then(|| ObjectPlace {
            bucket: bucket.to_owned(),
            key: format!("{folder}{EVIDENCE_FOLDER}{id}"),
            store: None,
        });
        Self {
            id,
            content_id: content.id,
            kind: content.kind,
            owner_id: content.owner_id,
            name: content.name.clone(),
            content_type: content.content_type.clone(),
            size: content.size,
            sha256: content.sha256.clone(),
            target: content.target.clone(),
            copy,
            created_at: now,
        }
    }

    /// The time until which it is kept.
    pub fn kept_until(&self) -> Timestamp {
        self.created_at.plus(EVIDENCE_LIFE)
    }
}
