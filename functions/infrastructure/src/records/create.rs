//! `POST /api/organisations/{id}/dns/zones/{zoneId}/records`: add a DNS record.

use provost_domain::{
    ApiError,
    dns::{RecordType, ttl},
};
use provost_http::{Body, Created, HandlerResult, OrganisationGrant, RequestContext};
use provost_operations::infrastructure::{self, RecordContent};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{dns, records::list::RecordView, zone};

/// Request to add or replace a DNS record.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WriteRecord {
    /// Name, relative to the zone or fully qualified. `@` is the zone itself; a leading `*` is a
    /// wildcard for all names without records.
    name: String,
    /// Record type.
    #[serde(rename = "type")]
    kind: RecordType,
    /// Time to live in seconds, 60 to 86400. All records of a name and type share one TTL: the
    /// current one by default, or 3600 for the first record. Changing it in one record changes it
    /// in all of them.
    #[serde(default)]
    ttl: Option<u32>,
    /// Content: an address for A and AAAA; a host for CNAME and NS; `10 mail.example.org` for MX;
    /// `10 60 5060 sip.example.org` for SRV (priority, weight, port, host);
    /// `0 issue "ca.example.org"` for CAA; for TXT plain text, or the form of a zone file with
    /// `"strings" "in quotes"`, which are joined (kept separate below `_tcp` and `_udp`),
    /// parentheses and comments. In both forms `\\;` is a semicolon and `\\195` a byte by its
    /// decimal value.
    content: String,
}

impl WriteRecord {
    /// The validated record, in a zone of this name.
    pub fn checked(&self, zone: &str) -> Result<RecordContent, ApiError> {
        let name = dns::name::owner(&self.name, zone, self.kind)?;
        ttl(self.ttl)?;
        let content = dns::content::check(self.kind, &self.content, &name, zone)?;
        Ok(RecordContent { name, kind: self.kind, ttl: self.ttl, content })
    }
}

pub async fn create_dns_record(
    ctx: RequestContext<OrganisationGrant>,
    Body(body): Body<WriteRecord>,
) -> HandlerResult<Created<RecordView>> {
    let reason = ctx.reason(None)?;
    let zone = zone::of(&ctx).await?;
    let new = body.checked(&zone.name)?;
    let change = infrastructure::create_record(&ctx.op(reason), &zone, new, ctx.by()).await?;
    // A single record has no URL.
    let location =
        format!("/api/organisations/{}/dns/zones/{}/records", zone.organisation_id, zone.id);
    ctx.complete(change, |record| Created(RecordView::from(record), location)).await
}
