//! `GET /api/organisations/{id}/dns/zones/{zoneId}/records`: list the records of a DNS zone.

use provost_domain::{
    RecordId, Timestamp, ZoneId,
    dns::{Record, RecordType},
};
use provost_http::{HandlerResult, Json, List, OrganisationGrant, Paging, Query, RequestContext};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{dns::strings, zone};

/// A DNS record.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecordView {
    /// Record id.
    id: RecordId,
    /// The zone that holds the record.
    zone_id: ZoneId,
    /// Fully qualified name in ASCII, without the trailing dot.
    name: String,
    /// Record type.
    #[serde(rename = "type")]
    kind: RecordType,
    /// Time to live, in seconds.
    ttl: u32,
    /// Content in zone-file form, such as `10 mail.example.org.` for MX.
    content: String,
    /// Content of a TXT record as one text without quotes; absent for other types, and if it is not
    /// UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// Time of creation.
    created_at: Timestamp,
    /// Time of the last change.
    updated_at: Timestamp,
    /// Version, increased by every change.
    version: u64,
}

impl From<Record> for RecordView {
    fn from(record: Record) -> Self {
        let Record { id, zone_id, name, kind, ttl, content, created_at, updated_at, version } =
            record;
        let strings = (kind == RecordType::Txt).then(|| strings::read(&content).ok()).flatten();
        let text = strings.and_then(|strings| String::from_utf8(strings.concat()).ok());
        Self { id, zone_id, name, kind, ttl, content, text, created_at, updated_at, version }
    }
}

pub async fn list_dns_records(
    ctx: RequestContext<OrganisationGrant>,
    Query(paging): Query<Paging>,
) -> HandlerResult<Json<List<RecordView>>> {
    let request = ctx.page_request(&paging).await?;
    let zone = zone::of(&ctx).await?;
    let page = ctx.app.store().records(&zone, &request).await?;
    Ok(Json::new(ctx.list(page.map(RecordView::from), &request).await?))
}
