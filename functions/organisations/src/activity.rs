//! `GET /api/organisations/{id}/activity`: list the activity of an organisation, newest first.
//! Erased users appear by pseudonym.

use provost_domain::{
    ActivityId, InviteId, Permission, Timestamp,
    audit::{ActorView, Changes},
};
use provost_http::{HandlerResult, Json, List, OrganisationGrant, Paging, Query, RequestContext};
use schemars::JsonSchema;
use serde::Serialize;

/// An entry of an organisation's activity.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ActivityView {
    /// Activity id.
    id: ActivityId,
    /// Time of the action.
    at: Timestamp,
    /// Name of the action, such as `organisation.member_joined`.
    action: String,
    /// User or staff member who made the change. The id of a staff member is only shown to staff.
    actor: ActorView,
    /// User id of the affected member, or pseudonym after erasure; absent if no member is affected.
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<String>,
    /// Id of the affected invitation; absent if none is affected.
    #[serde(skip_serializing_if = "Option::is_none")]
    invite_id: Option<InviteId>,
    /// Changed fields, with their values before and after.
    changes: Changes,
}

pub async fn list_organisation_activity(
    ctx: RequestContext<OrganisationGrant>,
    Query(paging): Query<Paging>,
) -> HandlerResult<Json<List<ActivityView>>> {
    let request = ctx.page_request(&paging).await?;
    let store = ctx.app.store();
    let page = store.activity(ctx.organisation.id, &request).await?;
    let named: Vec<_> =
        page.rows.iter().flat_map(|entry| [Some(entry.actor), entry.about]).flatten().collect();
    let people = store.subjects(named).await?;
    let name = |pseudonym: provost_domain::Pseudonym| {
        people
            .get(&pseudonym)
            .map_or_else(|| pseudonym.to_string(), |found| found.user_id.to_string())
    };
    let sees_staff = ctx.holds(Permission::OrgRead);
    let page = page.map(|entry| ActivityView {
        id: entry.id,
        at: entry.at,
        action: entry.action,
        actor: if entry.by_staff {
            ActorView {
                kind: "staff".to_owned(),
                id: sees_staff.then(|| name(entry.actor)),
                impersonating: None,
            }
        } else {
            ActorView { kind: "user".to_owned(), id: Some(name(entry.actor)), impersonating: None }
        },
        member: entry.about.map(name),
        invite_id: entry.invite,
        changes: entry.changes,
    });
    Ok(Json::new(ctx.list(page, &request).await?))
}
