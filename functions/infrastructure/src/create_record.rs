//! `POST /api/organisations/{id}/dns/zones/{zoneId}/records`: add a record.

use provost_domain::{
    RecordId,
    dns::{Record, RecordType, too_many_records, ttl},
};
use provost_http::{Answer, Body, Call, Created, OrganisationGrant, Problem};
use provost_store::{
    dns_records::{NameChange, standing},
    dns_zones::ZONE,
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{dns, list_records::RecordView, record::Told, zone};

/// What a record says.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WriteRecord {
    /// Its name: relative to the zone, or whole; `@` for the zone itself, `*` first for every name that has no record.
    name: String,
    /// Its kind.
    #[serde(rename = "type")]
    kind: RecordType,
    /// Seconds that resolvers may keep it, 60 to 86400; 3600 unless given.
    #[serde(default)]
    ttl: Option<u32>,
    /// What it says: an address for A and AAAA; a host for CNAME and NS; `10 mail.example.org` for MX; `10 60 5060 sip.example.org` for SRV (priority, weight, port, host);
    /// `0 issue "ca.example.org"` for CAA; a text for TXT, cut into strings of 255 bytes unless they are given in quotes.
    content: String,
}

impl WriteRecord {
    /// The record that it describes, in a zone of this name.
    pub fn checked(&self, zone: &str) -> Result<(String, u32, String), provost_domain::Refused> {
        let name = dns::name::owner(&self.name, zone, self.kind)?;
        let ttl = ttl(self.ttl)?;
        let content = dns::content::check(self.kind, &self.content, &name, zone)?;
        Ok((name, ttl, content))
    }

    /// Its kind.
    pub const fn kind(&self) -> RecordType {
        self.kind
    }
}

pub async fn create(call: Call<OrganisationGrant>, Body(body): Body<WriteRecord>) -> Answer<Created<RecordView>> {
    let zone = zone::of(&call).await?;
    let (name, ttl, content) = body.checked(&zone.name)?;
    let now = call.now();
    let record = Record {
        id: call.app.id(RecordId::new),
        zone_id: zone.id,
        name,
        kind: body.kind,
        ttl,
        content,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    let before = call.app.store().at_name(&zone, &record.name).await?;
    let after = before.with(standing(&record))?;
    if zone.record_count >= u64::from(provost_domain::dns::MOST_RECORDS) {
        return Err(too_many_records().into());
    }
    let mut tx = call.app.transaction();
    tx.create_record(&zone, &record, &NameChange { name: &record.name, before: &before, after: &after })?;
    Told::of("dns_record.created", "dns_record", record.id)
        .change("name", None, Some(record.name.as_str()))
        .change("type", None, Some(record.kind))
        .change("ttl", None, Some(record.ttl))
        .change("content", None, Some(record.content.as_str()))
        .write(&call, &mut tx)?;
    // One record is shown nowhere by itself.
    let location = format!("/api/organisations/{}/dns/zones/{}/records", zone.organisation_id, zone.id);
    let answer = Created(RecordView::from(record), location);
    match call.commit(tx, &answer).await {
        // Gone or full since it was read: the next look says which.
        Err(Problem::Failed { action: ZONE, .. }) => Err(Problem::Collision),
        result => result.map_err(zone::anew).map(|()| answer),
    }
}
