//! Staff data about the user: notes, grants, contributions and documents; and the user's
//! verifications. Authors and deciders are left out, since they are other people.

use provost_archive::Compression;
use provost_domain::{User, enrollment::Enrollment, export::Category, staff_record::Contributor};
use provost_store::{
    StoreError, documents, grants,
    item::{Item, decode},
    notes, verifications,
};
use serde_json::{Value, json};

use super::{member, records::each};
use crate::writer::{Stop, Writer};

/// Writes the file of a category that is stored in the user's partition.
pub(super) async fn write(
    writer: &mut Writer<'_>,
    owner: &User,
    category: Category,
) -> Result<(), Stop> {
    each(writer, owner, category, |item| record(owner, category, item)).await
}

fn record(owner: &User, category: Category, item: Item) -> Result<Value, StoreError> {
    Ok(match category {
        Category::Notes => {
            let note = notes::read(item)?;
            json!({ "id": note.id, "createdAt": note.created_at, "text": notes::text(owner, &note) })
        }
        Category::Grants => {
            let grant = grants::read(item)?;
            json!({ "id": grant.id, "type": grant.r#type, "amount": grant.amount, "reason": grant.reason, "createdAt": grant.created_at, "expiresAt": grant.expires_at, "endedAt": grant.ended_at, "end": grant.end })
        }
        Category::Enrollments => {
            let enrollment: Enrollment = decode("an enrolment", item)?;
            json!({ "programId": enrollment.program_id, "programType": enrollment.program_type, "status": enrollment.status, "progress": enrollment.progress, "totalTimeSpent": enrollment.total_time_spent, "enrolledAt": enrollment.enrolled_at, "lastActivityAt": enrollment.last_activity_at, "completedAt": enrollment.completed_at, "service": enrollment.service, "recordedAt": enrollment.recorded_at })
        }
        Category::Contributions => {
            let profile: Contributor = decode("a contributor", item)?;
            json!({ "githubLogin": profile.github_login, "title": profile.title, "score": profile.score(), "ledger": profile.ledger, "updatedAt": profile.updated_at })
        }
        _ => {
            let document = documents::read(item)?;
            json!({ "id": document.id, "name": document.name, "description": document.description, "contentType": document.content_type, "size": document.size, "createdAt": document.created_at })
        }
    })
}

/// `verifications.ndjson`.
pub(super) async fn verifications(writer: &mut Writer<'_>, owner: &User) -> Result<(), Stop> {
    let items = writer
        .app
        .store()
        .items_about(owner.user_id, "VERIFICATION", verifications::PREFIX)
        .await?;
    let mut found = items.into_iter().map(verifications::read).collect::<Result<Vec<_>, _>>()?;
    found.sort_by_key(|verification| verification.id);
    writer.begin_member(member(Category::Verifications), Compression::Deflate, None)?;
    for verification in found {
        let record = json!({
            "id": verification.id, "type": verification.r#type, "status": verification.status, "student": verification.student, "images": verification.images,
            "createdAt": verification.created_at, "decidedAt": verification.decided_at, "reason": verification.reason, "imagesRemovedAt": verification.images_removed_at,
        });
        writer.record(&record).await?;
    }
    writer.end_member().await
}
