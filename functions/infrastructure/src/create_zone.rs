//! `POST /api/organisations/{id}/dns/zones`: add a zone.

use provost_domain::{
    Code, Refused, ZoneId,
    dns::{Zone, below_anothers, too_many_zones},
};
use provost_http::{Answer, Body, Call, Created, OrganisationGrant, Problem};
use provost_store::{
    dns_zones::{ZONE_ABOVE, ZONE_CLAIM},
    infrastructure::Counted,
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{dns::name, record::Told, show_zone::ZoneView, zone};

/// A zone to add.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateZone {
    /// The domain, in letters of any language or in ASCII; unique in the deployment.
    name: String,
}

pub async fn create(call: Call<OrganisationGrant>, Body(body): Body<CreateZone>) -> Answer<Created<ZoneView>> {
    zone::check_on(&call).await?;
    let name = name::zone(&body.name, &own_host(call.app.public_url()))?;
    let zone = Zone {
        id: call.app.id(ZoneId::new),
        organisation_id: call.organisation.id,
        name,
        record_count: 0,
        created_at: call.now(),
        version: 1,
    };
    let mut tx = call.app.transaction();
    tx.create_zone(&zone)?;
    Told::of("dns_zone.created", "dns_zone", zone.id).change("name", None, Some(zone.name.as_str())).write(&call, &mut tx)?;
    let location = format!("/api/organisations/{}/dns/zones/{}", zone.organisation_id, zone.id);
    let answer = Created(ZoneView::from(zone), location);
    match call.commit(tx, &answer).await {
        Err(Problem::Failed { action: ZONE_CLAIM, .. }) => {
            Err(Refused::new(Code::AlreadyExists, "This zone is kept here already; if the domain is yours, ask the staff of the platform.")
                .with("field", "name")
                .into())
        }
        Err(Problem::Failed { action: ZONE_ABOVE, .. }) => Err(below_anothers().into()),
        Err(Problem::Failed { action, .. }) if action == Counted::Zones.label() => Err(too_many_zones().into()),
        result => result.map(|()| answer),
    }
}

/// The host name at which people reach the platform itself.
fn own_host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', ':']).next().unwrap_or_default().to_ascii_lowercase()
}
