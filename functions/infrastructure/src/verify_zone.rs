//! `POST /api/organisations/{id}/dns/zones/{zoneId}/verify`: verify control of a DNS zone's domain.

use provost_domain::{
    ApiError,
    dns::{
        ZONE_CHECKS, Zone, ZoneClaim, ZoneStatus, not_answered, not_proved, verified_by_another,
    },
};
use provost_http::{HandlerError, HandlerResult, Json, OrganisationGrant, RequestContext, Who};
use provost_store::Conflict;
use tracing::info;

use crate::{dns::client, record::ResourceEvent, show_zone::ZoneView, zone};

pub async fn verify_dns_zone(
    ctx: RequestContext<OrganisationGrant>,
) -> HandlerResult<Json<ZoneView>> {
    let store = ctx.app.store();
    ctx.count_once(ZONE_CHECKS, Who::Organisation(ctx.organisation.id)).await?;
    let zone = zone::of(&ctx).await?;
    if zone.status == ZoneStatus::Verified {
        return Ok(answer(zone));
    }
    let claim = store.zone_claim(&zone.name).await?;
    if claim.as_ref().is_some_and(ZoneClaim::is_live) {
        return Err(verified_by_another().into());
    }
    let challenge = zone.challenge();
    let texts = client::txt(&ctx.app, &challenge.name).await.map_err(|cause| {
        info!(zone.id = %zone.id, %cause, "no answer for the challenge of zone {}", zone.id);
        not_answered(&challenge)
    })?;
    if !zone.is_proved_by(&texts) {
        return Err(not_proved(&challenge).into());
    }

    let mut tx = ctx.app.transaction();
    tx.verify_zone(&zone, claim.as_ref(), ctx.now())?;
    ResourceEvent::of("dns_zone.verified", "dns_zone", zone.id)
        .change("name", Some(zone.name.as_str()), Some(zone.name.as_str()))
        .change("status", Some(ZoneStatus::Pending.as_str()), Some(ZoneStatus::Verified.as_str()))
        .write(&ctx, &mut tx)?;
    let (organisation, id, version) = (zone.organisation_id, zone.id, zone.version + 1);
    let verified = answer(Zone { version, ..zone.verified(ctx.now()) });
    match ctx.commit(tx, &verified).await {
        Err(HandlerError::Conflict(Conflict::ZoneClaim)) => Err(verified_by_another().into()),
        // The zone was removed or verified meanwhile. Evaluating the request again would count a
        // second check.
        Err(HandlerError::Conflict(Conflict::Zone)) => Ok(answer(
            ctx.app
                .store()
                .zone(organisation, id)
                .await?
                .ok_or_else(|| ApiError::missing("zone"))?,
        )),
        result => result.map(|()| verified),
    }
}

fn answer(zone: Zone) -> Json<ZoneView> {
    let version = zone.version;
    Json::new(ZoneView::from(zone)).version(version)
}
