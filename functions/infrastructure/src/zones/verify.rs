//! `POST /api/organisations/{id}/dns/zones/{zoneId}/verify`: verify control of a DNS zone's domain.

use provost_domain::dns::{ZONE_CHECKS, Zone, ZoneStatus, check_unclaimed, not_answered};
use provost_http::{HandlerResult, Json, LimitKey, OrganisationGrant, RequestContext};
use provost_operations::infrastructure;
use tracing::info;

use crate::{dns::client, zone, zones::show::ZoneView};

pub async fn verify_dns_zone(
    ctx: RequestContext<OrganisationGrant>,
) -> HandlerResult<Json<ZoneView>> {
    let reason = ctx.reason(None)?;
    ctx.count_once(ZONE_CHECKS, LimitKey::Organisation(ctx.organisation.id)).await?;
    let zone = zone::of(&ctx).await?;
    if zone.status == ZoneStatus::Verified {
        return Ok(view(zone));
    }
    let claim = ctx.app.store().zone_claim(&zone.name).await?;
    // Without a chance of success, the name servers of the domain are not asked.
    check_unclaimed(claim.as_ref())?;
    let challenge = zone.challenge();
    let found = client::txt(&ctx.app, &challenge.name).await.map_err(|cause| {
        info!(zone.id = %zone.id, %cause, "no answer for the challenge of zone {}", zone.id);
        not_answered(&challenge)
    })?;
    let (op, by) = (ctx.op(reason), ctx.by());
    let change = infrastructure::verify_zone(&op, zone, claim.as_ref(), &found, by)?;
    ctx.complete(change, view).await
}

fn view(zone: Zone) -> Json<ZoneView> {
    let version = zone.version;
    Json::new(ZoneView::from(zone)).version(version)
}
