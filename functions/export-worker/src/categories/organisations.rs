//! `organisations.ndjson`: where the person is a member, with what every member sees of an organisation; nothing of the other members.

use provost_archive::Compression;
use provost_domain::{Principal, export::Category};
use serde_json::json;

use super::member;
use crate::writer::{Stop, Writer};

pub(super) async fn write(writer: &mut Writer<'_>, owner: &Principal) -> Result<(), Stop> {
    let store = writer.app.store();
    let memberships = store.memberships(owner.user_id).await?;
    writer.begin_member(member(Category::Organisations), Compression::Deflate, None)?;
    for membership in memberships {
        let organisation = store.organisation(membership.organisation_id).await?;
        let record = json!({
            "id": membership.organisation_id, "name": organisation.as_ref().map(|o| &o.name), "handle": organisation.as_ref().map(|o| &o.handle),
            "role": membership.role, "joinedAt": membership.joined_at,
        });
        writer.record(&record).await?;
        writer.keep_alive().await?;
    }
    writer.end_member().await
}
