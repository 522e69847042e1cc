//! `reports.ndjson` and `applications.ndjson`. Of a report about the user, the reporter and their
//! words are left out, and of every record the staff and their internal notes, since those are other
//! people.

use provost_archive::Compression;
use provost_domain::{User, export::Category, report::Report};
use provost_store::{StoreError, applications, records::partition, reports, walk::Walk};
use serde_json::{Value, json};

use super::member;
use crate::writer::{Stop, Writer};

/// Writes the reports that the user filed, and those about the user.
pub(super) async fn reports(writer: &mut Writer<'_>, owner: &User) -> Result<(), Stop> {
    let store = writer.app.store();
    writer.begin_member(member(Category::Reports), Compression::Deflate, None)?;
    let walk = Walk::of_table(&store.names().accounts, partition(owner.user_id))
        .beginning("sk", reports::PREFIX);
    let mut after = None;
    loop {
        let (items, next) = store.next_items(&walk, after.take()).await?;
        let count = items.len() as u64;
        let ids = items.into_iter().map(reports::linked).collect::<Result<Vec<_>, _>>()?;
        for report in store.reports_by_id(&ids).await? {
            writer.record(&filed(&report)).await?;
        }
        writer.done(count).await?;
        match next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    let items = store.items_about(owner.user_id, reports::SORT, reports::PREFIX).await?;
    let mut about =
        items.into_iter().map(reports::read).collect::<Result<Vec<Report>, StoreError>>()?;
    about.sort_by_key(|report| report.id);
    for report in &about {
        writer.record(&about_them(report)).await?;
    }
    writer.end_member().await
}

fn filed(report: &Report) -> Value {
    json!({
        "id": report.id, "role": "reporter", "type": report.r#type, "category": report.category, "reportedItemId": report.target(),
        "reason": report.reason, "description": report.description, "evidence": report.evidence, "status": report.status,
        "createdAt": report.created_at, "closedAt": report.closed_at,
    })
}

fn about_them(report: &Report) -> Value {
    let content = report.content.as_ref();
    json!({
        "id": report.id, "role": "reported", "type": report.r#type, "category": report.category,
        "contentId": content.map(|content| content.id), "contentName": content.map(|content| &content.name),
        "status": report.status, "action": report.action, "actionReason": report.action_reason, "createdAt": report.created_at, "closedAt": report.closed_at,
    })
}

/// Writes the user's applications, with replies.
pub(super) async fn applications(writer: &mut Writer<'_>, owner: &User) -> Result<(), Stop> {
    let store = writer.app.store();
    let items = store.items_about(owner.user_id, applications::SORT, applications::PREFIX).await?;
    let mut found = items.into_iter().map(applications::read).collect::<Result<Vec<_>, _>>()?;
    found.sort_by_key(|application| application.id);
    writer.begin_member(member(Category::Applications), Compression::Deflate, None)?;
    for application in &found {
        let replies: Vec<_> = store
            .replies(application.id)
            .await?
            .into_iter()
            .map(|reply| {
                json!({ "id": reply.id, "by": if reply.is_staff { "staff" } else { "self" }, "content": reply.content, "createdAt": reply.created_at })
            })
            .collect();
        let record = json!({
            "id": application.id, "type": application.r#type, "status": application.status, "answers": application.answers, "replies": replies,
            "createdAt": application.created_at, "decidedAt": application.decided_at,
        });
        writer.record(&record).await?;
    }
    writer.end_member().await
}
