//! `requests.ndjson`: exports and deletions of the account, and links to its archives. The users of
//! a link are other people, so their addresses are left out.

use provost_archive::Compression;
use provost_domain::{User, export::Category, share_link::ShareLink};
use provost_store::{
    StoreError, deletions, exports,
    item::{Item, decode},
    share_links,
};
use serde_json::{Value, json};

use super::member;
use crate::writer::{Stop, Writer};

pub(super) async fn write(writer: &mut Writer<'_>, owner: &User) -> Result<(), Stop> {
    let items = writer.app.store().items_about(owner.user_id, "", "").await?;
    let mut records = Vec::new();
    for item in items {
        records.extend(record(item)?);
    }
    records.sort_by(|one, other| one.0.cmp(&other.0));
    writer.begin_member(member(Category::Requests), Compression::Deflate, None)?;
    for (_, record) in records {
        writer.record(&record).await?;
    }
    writer.end_member().await
}

/// A record and the time to sort it by; `None` for an item that is not a request.
fn record(item: Item) -> Result<Option<(String, Value)>, StoreError> {
    let partition = item.get("pk").and_then(|pk| pk.as_s().ok()).cloned().unwrap_or_default();
    let (at, record) = if partition.starts_with(exports::PREFIX) {
        let job = exports::read(item)?;
        let by = if job.requested_by == "self" { "self" } else { "staff" };
        (
            job.created_at,
            json!({
                "type": "export", "id": job.id, "requestedBy": by, "status": job.status, "categories": job.categories, "recipients": job.recipients, "size": job.size, "sha256": job.sha256,
                "createdAt": job.created_at, "completedAt": job.completed_at, "expiresAt": job.expires_at,
            }),
        )
    } else if partition.starts_with(share_links::PREFIX) {
        let link: ShareLink = decode("a share link", item)?;
        (
            link.created_at,
            json!({
                "type": "shareLink", "id": link.id, "exportId": link.job_id, "createdAt": link.created_at, "expiresAt": link.expires_at, "revokedAt": link.revoked_at,
                "maxDownloads": link.max_downloads, "remaining": link.remaining, "passwordProtected": link.password_hash.is_some(),
            }),
        )
    } else if partition.starts_with("DELETION#") {
        let request = deletions::read(item)?;
        let by = if request.requested_by == "self" { "self" } else { "staff" };
        (
            request.created_at,
            json!({
                "type": "deletion", "id": request.id, "requestedBy": by, "status": request.state, "reason": request.reason, "createdAt": request.created_at, "dueAt": request.due_at, "endedAt": request.ended_at, "hold": request.hold.map(|hold| json!({ "at": hold.at })),
            }),
        )
    } else {
        return Ok(None);
    };
    Ok(Some((at.to_string(), record)))
}
