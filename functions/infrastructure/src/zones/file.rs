//! `GET /api/organisations/{id}/dns/zones/{zoneId}/zone-file`: a zone with its records as a zone
//! file.

use http::{HeaderMap, HeaderValue, StatusCode, header};
use provost_domain::dns::zone_file::zone_file;
use provost_http::{
    HandlerResult, OrganisationGrant, RequestContext,
    reply::{IntoReply, Reply, ReplyDoc},
};
use schemars::SchemaGenerator;

use crate::zone;

/// A zone file (RFC 4027).
#[derive(Debug)]
pub struct ZoneFile {
    name: String,
    text: String,
}

impl IntoReply for ZoneFile {
    fn reply(&self) -> Reply {
        let mut headers = HeaderMap::new();
        // The name of a zone has only letters, digits, hyphens and dots.
        if let Ok(value) =
            HeaderValue::from_str(&format!("attachment; filename=\"{}.zone\"", self.name))
        {
            headers.insert(header::CONTENT_DISPOSITION, value);
        }
        let body = self.text.clone().into();
        Reply { status: StatusCode::OK, headers, content_type: "text/dns", body }
    }

    fn describe(_: &mut SchemaGenerator) -> ReplyDoc {
        ReplyDoc {
            status: 200,
            description: "The zone file (RFC 1035), with SOA and NS records.",
            content: vec![("text/dns", serde_json::json!({"type": "string"}))],
            ..ReplyDoc::default()
        }
    }
}

pub async fn export_dns_zone(ctx: RequestContext<OrganisationGrant>) -> HandlerResult<ZoneFile> {
    let zone = zone::of(&ctx).await?;
    let records = ctx.app.store().all_records(&zone).await?;
    let text = zone_file(&zone, &records, ctx.app.name_servers());
    Ok(ZoneFile { name: zone.name, text })
}
