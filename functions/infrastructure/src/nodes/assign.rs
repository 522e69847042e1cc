//! `POST /api/nodes/{id}/assign-org`: assign a node to an enterprise organisation, or share it
//! again.

use provost_domain::{
    ApiError, NodeId, OrganisationId, organisation::Organisation, rank::check_staff_rank,
};
use provost_http::{Body, HandlerResult, Json, RequestContext, StaffGrant};
use provost_operations::{infrastructure, organisation::EventActor};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::nodes::list::NodeView;

/// Request to assign a node.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
// Required but nullable, which schemars cannot express.
#[schemars(extend("required" = ["organisationId"]))]
pub struct AssignNode {
    /// Id of the enterprise organisation that gets exclusive use of the node; null shares the node
    /// again.
    #[serde(deserialize_with = "Option::deserialize")]
    organisation_id: Option<OrganisationId>,
    /// Reason for the audit log.
    #[serde(default)]
    reason: Option<String>,
}

pub async fn assign_node(
    ctx: RequestContext<StaffGrant>,
    Body(body): Body<AssignNode>,
) -> HandlerResult<Json<NodeView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let id: NodeId = ctx.id("id", "node")?;
    let store = ctx.app.store();
    let node = store.node(id).await?.ok_or_else(|| ApiError::missing("node"))?;
    ctx.check_version(node.version)?;
    let organisation = match body.organisation_id {
        None => None,
        Some(id) => Some(
            store.organisation(id).await?.filter(Organisation::is_active).ok_or_else(|| {
                ApiError::field(
                    "organisationId",
                    "not_found",
                    "There is no organisation with this id. Check the id.",
                )
            })?,
        ),
    };
    let before = match node.organisation_id.filter(|before| Some(*before) != body.organisation_id) {
        Some(before) => store.organisation(before).await?,
        None => None,
    };
    // The path names the node, so the rank over the owners of the organisations is checked here.
    for owner in before.iter().chain(&organisation).map(|organisation| organisation.owner_id) {
        if let Some(owner) = store.user(owner).await? {
            check_staff_rank(ctx.caller.acting(), &owner)?;
        }
    }
    let (op, by) = (ctx.op(reason), EventActor::staff(&ctx.caller.user));
    let change = infrastructure::assign_node(&op, &node, organisation.as_ref(), by)?;
    ctx.complete(change, |node| {
        let version = node.version;
        Json::new(NodeView::from(node)).version(version)
    })
    .await
}
