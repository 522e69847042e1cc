//! `GET /api/organisations/{id}/dns/zones/{zoneId}`: one zone.

use provost_domain::{OrganisationId, Timestamp, ZoneId, dns::Zone};
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
    /// How many records it has.
    record_count: u64,
    /// When it was added.
    created_at: Timestamp,
    /// Counts every change of the zone and its records.
    version: u64,
}

impl From<Zone> for ZoneView {
    fn from(zone: Zone) -> Self {
        let Zone { id, organisation_id, name, record_count, created_at, version } = zone;
        Self { id, organisation_id, name, record_count, created_at, version }
    }
}

pub async fn show(call: Call<OrganisationGrant>) -> Answer<Json<ZoneView>> {
    let zone = zone::of(&call).await?;
    let version = zone.version;
    Ok(Json::new(ZoneView::from(zone)).version(version))
}
