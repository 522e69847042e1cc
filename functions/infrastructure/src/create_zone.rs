//! `POST /api/organisations/{id}/dns/zones`: add a DNS zone.

use provost_domain::{
    ZoneId,
    dns::{Zone, already_yours, too_many_zones, verified_by_another},
};
use provost_http::{Body, Created, HandlerError, HandlerResult, OrganisationGrant, RequestContext};
use provost_store::Conflict;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{dns::name, record::ResourceEvent, show_zone::ZoneView, zone};

/// Request to add a DNS zone.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateZone {
    /// Domain name, in Unicode or ASCII (punycode).
    name: String,
}

pub async fn create_dns_zone(
    ctx: RequestContext<OrganisationGrant>,
    Body(body): Body<CreateZone>,
) -> HandlerResult<Created<ZoneView>> {
    zone::check_on(&ctx).await?;
    let name = name::zone(&body.name, &own_host(ctx.app.public_url()))?;
    let (organisation, now) = (ctx.organisation.id, ctx.now());
    let claim = ctx.app.store().zone_claim(&name).await?;
    if let Some(claim) = &claim {
        if claim.organisation_id == organisation && claim.released_at.is_none() {
            return Err(already_yours().into());
        }
        if claim.is_live() {
            return Err(verified_by_another().into());
        }
    }
    let zone = Zone::pending(ctx.app.id(ZoneId::new), organisation, name, now);
    // A verified zone that was removed by mistake is verified again: if the domain is delegated
    // here, the challenge is not visible until the zone is published again.
    let reserved = claim.as_ref().is_some_and(|claim| claim.is_reserved_for(organisation, now));
    let zone = if reserved { zone.verified(now) } else { zone };
    let mut tx = ctx.app.transaction();
    tx.create_zone(&zone, claim.as_ref())?;
    ResourceEvent::of("dns_zone.created", "dns_zone", zone.id)
        .change("name", None, Some(zone.name.as_str()))
        .change("status", None, Some(zone.status.as_str()))
        .write(&ctx, &mut tx)?;
    let location = format!("/api/organisations/{}/dns/zones/{}", zone.organisation_id, zone.id);
    let answer = Created(ZoneView::from(zone), location);
    match ctx.commit(tx, &answer).await {
        Err(HandlerError::Conflict(Conflict::ZoneName)) => Err(already_yours().into()),
        Err(HandlerError::Conflict(Conflict::ZoneClaim)) => Err(HandlerError::Collision),
        Err(HandlerError::Conflict(Conflict::TierZones)) => Err(too_many_zones().into()),
        result => result.map(|()| answer),
    }
}

/// The host name of the platform itself.
fn own_host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', ':']).next().unwrap_or_default().to_ascii_lowercase()
}
