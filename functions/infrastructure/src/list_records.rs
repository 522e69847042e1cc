//! `GET /api/organisations/{id}/dns/zones/{zoneId}/records`: the records of a zone.

use provost_domain::{
    RecordId, Timestamp, ZoneId,
    dns::{Record, RecordType},
};
use provost_http::{Answer, Call, Json, List, OrganisationGrant, Paging, Query};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{dns::strings, zone};

/// A record.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecordView {
    /// Its id.
    id: RecordId,
    /// The zone.
    zone_id: ZoneId,
    /// Its whole name in ASCII, without the last dot.
    name: String,
    /// Its kind.
    #[serde(rename = "type")]
    kind: RecordType,
    /// Seconds that resolvers may keep it.
    ttl: u32,
    /// What it says, as a zone file would: `10 mail.example.org.` for MX.
    content: String,
    /// What a TXT record says, as one text without quotes; left out when it is no UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// When it was added.
    created_at: Timestamp,
    /// When it was last changed.
    updated_at: Timestamp,
    /// Counts every change.
    version: u64,
}

impl From<Record> for RecordView {
    fn from(record: Record) -> Self {
        let Record { id, zone_id, name, kind, ttl, content, created_at, updated_at, version } = record;
        let strings = (kind == RecordType::Txt).then(|| strings::read(&content).ok()).flatten();
        let text = strings.and_then(|strings| String::from_utf8(strings.concat()).ok());
        Self { id, zone_id, name, kind, ttl, content, text, created_at, updated_at, version }
    }
}

pub async fn list_dns_records(call: Call<OrganisationGrant>, Query(paging): Query<Paging>) -> Answer<Json<List<RecordView>>> {
    let request = call.page_request(&paging).await?;
    let zone = zone::of(&call).await?;
    let page = call.app.store().records(&zone, &request).await?;
    Ok(Json::new(call.list(page.map(RecordView::from), &request).await?))
}
