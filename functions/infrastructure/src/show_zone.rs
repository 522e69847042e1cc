//! `GET /api/organisations/{id}/dns/zones/{zoneId}`: one zone.

use provost_domain::{
    OrganisationId, Timestamp, ZoneId,
    dns::{Zone, ZoneStatus},
};
use provost_http::{Answer, Call, Json, OrganisationGrant};
use schemars::JsonSchema;
use serde::Serialize;

use crate::zone;

/// A zone.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ZoneView {
    /// Its id.
    id: ZoneId,
    /// Whose it is.
    organisation_id: OrganisationId,
    /// Its name in ASCII, without the last dot.
    name: String,
    /// Whether the owner has shown control of the domain. A pending zone can be filled already.
    status: ZoneStatus,
    /// Whether the zone is published: only a verified one is.
    published: bool,
    /// When the owner showed control.
    #[serde(skip_serializing_if = "Option::is_none")]
    verified_at: Option<Timestamp>,
    /// How to show control, while the zone is pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    challenge: Option<ChallengeView>,
    /// How many records it has.
    record_count: u64,
    /// When it was added.
    created_at: Timestamp,
    /// Counts every change of the zone and its records.
    version: u64,
}

/// The TXT record with which the owner of a domain shows control. Add it where the domain is served now, then verify the zone.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChallengeView {
    /// The name of the record.
    name: String,
    /// Its type: TXT.
    #[serde(rename = "type")]
    kind: &'static str,
    /// Its text.
    value: String,
}

impl From<Zone> for ZoneView {
    fn from(zone: Zone) -> Self {
        let pending = zone.status == ZoneStatus::Pending;
        let challenge = zone.challenge();
        let challenge = pending.then_some(ChallengeView { name: challenge.name, kind: "TXT", value: challenge.value });
        let Zone { id, organisation_id, name, status, verified_at, record_count, created_at, version } = zone;
        Self { id, organisation_id, name, status, published: !pending, verified_at, challenge, record_count, created_at, version }
    }
}

pub async fn get_dns_zone(call: Call<OrganisationGrant>) -> Answer<Json<ZoneView>> {
    let zone = zone::of(&call).await?;
    let version = zone.version;
    Ok(Json::new(ZoneView::from(zone)).version(version))
}
