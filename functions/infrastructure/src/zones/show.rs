//! `GET /api/organisations/{id}/dns/zones/{zoneId}`: get a DNS zone.

use provost_domain::{
    OrganisationId, Timestamp, ZoneId,
    dns::{Zone, ZoneStatus},
};
use provost_http::{HandlerResult, Json, OrganisationGrant, RequestContext};
use schemars::JsonSchema;
use serde::Serialize;

use crate::zone;

/// A DNS zone of an organisation.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ZoneView {
    /// Zone id.
    id: ZoneId,
    /// Id of the organisation that the zone belongs to.
    organisation_id: OrganisationId,
    /// Domain name in ASCII, without the trailing dot.
    name: String,
    /// Verification status. Records can already be added to a pending zone.
    status: ZoneStatus,
    /// Whether the zone is published; only verified zones are.
    published: bool,
    /// Time of the verification; null while pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    verified_at: Option<Timestamp>,
    /// TXT record that proves control of the domain; absent once verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    challenge: Option<ChallengeView>,
    /// Number of records.
    record_count: u64,
    /// Time of creation.
    created_at: Timestamp,
    /// Version, increased by every change of the zone or its records.
    version: u64,
}

/// The TXT record that proves control of a domain. Add it where the domain is currently served,
/// then verify the zone.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChallengeView {
    /// Name of the TXT record.
    name: String,
    /// Record type, always `TXT`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// Text of the TXT record.
    value: String,
}

impl From<Zone> for ZoneView {
    fn from(zone: Zone) -> Self {
        let pending = zone.status == ZoneStatus::Pending;
        let challenge = zone.challenge();
        let challenge = pending.then_some(ChallengeView {
            name: challenge.name,
            kind: "TXT",
            value: challenge.value,
        });
        let Zone {
            id,
            organisation_id,
            name,
            status,
            verified_at,
            record_count,
            created_at,
            version,
        } = zone;
        Self {
            id,
            organisation_id,
            name,
            status,
            published: !pending,
            verified_at,
            challenge,
            record_count,
            created_at,
            version,
        }
    }
}

pub async fn get_dns_zone(ctx: RequestContext<OrganisationGrant>) -> HandlerResult<Json<ZoneView>> {
    let zone = zone::of(&ctx).await?;
    let version = zone.version;
    Ok(Json::new(ZoneView::from(zone)).version(version))
}
