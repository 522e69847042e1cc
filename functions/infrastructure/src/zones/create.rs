//! `POST /api/organisations/{id}/dns/zones`: add a DNS zone.

use provost_http::{Body, Created, HandlerResult, OrganisationGrant, RequestContext};
use provost_operations::infrastructure;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{dns::name, zone, zones::show::ZoneView};

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
    let reason = ctx.reason(None)?;
    zone::check_on(&ctx).await?;
    let name = name::zone(&body.name, &own_host(ctx.app.public_url()))?;
    let (op, organisation) = (ctx.op(reason), ctx.organisation.id);
    let change = infrastructure::create_zone(&op, organisation, name, ctx.by()).await?;
    ctx.complete(change, |zone| {
        let location = format!("/api/organisations/{organisation}/dns/zones/{}", zone.id);
        Created(ZoneView::from(zone), location)
    })
    .await
}

/// The host name of the platform itself.
fn own_host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', ':']).next().unwrap_or_default().to_ascii_lowercase()
}
