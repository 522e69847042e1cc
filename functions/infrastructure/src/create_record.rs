//! `POST /api/organisations/{id}/dns/zones/{zoneId}/records`: add a DNS record.

use provost_domain::{
    RecordId,
    dns::{
        Record, RecordType,
        consistency::{check_change, depends_on_others, set_ttl},
        joining_ttl, too_many_records, ttl,
    },
};
use provost_http::{Body, Created, HandlerError, HandlerResult, OrganisationGrant, RequestContext};
use provost_store::{
    Conflict,
    dns_records::{NameChange, standing},
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    dns,
    list_records::RecordView,
    record::{ResourceEvent, shown},
    zone,
};

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
    /// The validated name and content, in a zone of this name.
    pub fn checked(&self, zone: &str) -> Result<(String, String), provost_domain::ApiError> {
        let name = dns::name::owner(&self.name, zone, self.kind)?;
        ttl(self.ttl)?;
        let content = dns::content::check(self.kind, &self.content, &name, zone)?;
        Ok((name, content))
    }

    /// The requested TTL.
    pub const fn ttl(&self) -> Option<u32> {
        self.ttl
    }

    /// The record type.
    pub const fn kind(&self) -> RecordType {
        self.kind
    }
}

pub async fn create_dns_record(
    ctx: RequestContext<OrganisationGrant>,
    Body(body): Body<WriteRecord>,
) -> HandlerResult<Created<RecordView>> {
    let zone = zone::of(&ctx).await?;
    let (name, content) = body.checked(&zone.name)?;
    let (id, now) = (ctx.app.id(RecordId::new), ctx.now());
    // The name is read before the records of the zone, so that a concurrent write at that name
    // makes this write fail.
    let at_name = ctx.app.store().at_name(&zone, &name).await?;
    let before = ctx.app.store().all_records(&zone).await?;
    let set = set_ttl(&before, &name, body.kind, id);
    let ttl = ttl(body.ttl.or(set))?;
    let record = Record {
        id,
        zone_id: zone.id,
        name,
        kind: body.kind,
        ttl,
        content,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    let with_it = at_name.with(standing(&record))?;
    joining_ttl(body.ttl, set)?;
    if zone.record_count >= u64::from(provost_domain::dns::MAX_RECORDS) {
        return Err(too_many_records().into());
    }
    let after: Vec<_> = before.iter().cloned().chain([record.clone()]).collect();
    check_change(&zone.name, &before, &after, Some(&record))?;

    let mut tx = ctx.app.transaction();
    let alone = depends_on_others(&record, &zone.name);
    tx.create_record(
        &zone,
        &record,
        &NameChange { name: &record.name, before: &at_name, after: &with_it },
        alone,
    )?;
    ResourceEvent::of("dns_record.created", "dns_record", record.id)
        .change("name", None, Some(record.name.as_str()))
        .change("type", None, Some(record.kind))
        .change("ttl", None, Some(record.ttl))
        .change("content", None, Some(shown(&record.content)))
        .write(&ctx, &mut tx)?;
    // A single record has no URL.
    let location =
        format!("/api/organisations/{}/dns/zones/{}/records", zone.organisation_id, zone.id);
    let answer = Created(RecordView::from(record), location);
    match ctx.commit(tx, &answer).await {
        // The zone was removed or is full: the next evaluation returns the right error.
        Err(HandlerError::Conflict(Conflict::Zone)) => Err(HandlerError::Collision),
        result => result.map_err(zone::anew).map(|()| answer),
    }
}
