//! `GET /api/organisations/{id}/activity`: what changed in an organisation, newest first. Whoever was erased is named by pseudonym.

use provost_domain::{
    ActivityId, InviteId, Permission, Timestamp,
    audit::{ActorView, Changes},
};
use provost_http::{Answer, Call, Json, List, OrganisationGrant, Paging, Query};
use schemars::JsonSchema;
use serde::Serialize;

/// One change.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ActivityView {
    /// Its id.
    id: ActivityId,
    /// When.
    at: Timestamp,
    /// What was done: `organisation.member_joined` …
    action: String,
    /// Who did it. The id of staff is told to staff alone.
    actor: ActorView,
    /// The member whom it concerned: a user id, or a pseudonym once they are erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<String>,
    /// The invitation that it concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    invite_id: Option<InviteId>,
    /// Changed fields, before and after.
    changes: Changes,
}

pub async fn list_organisation_activity(call: Call<OrganisationGrant>, Query(paging): Query<Paging>) -> Answer<Json<List<ActivityView>>> {
    let request = call.page_request(&paging).await?;
    let store = call.app.store();
    let page = store.activity(call.organisation.id, &request).await?;
    let named: Vec<_> = page.rows.iter().flat_map(|entry| [Some(entry.actor), entry.about]).flatten().collect();
    let people = store.subjects(named).await?;
    let name = |pseudonym: provost_domain::Pseudonym| {
        people.get(&pseudonym).map_or_else(|| pseudonym.to_string(), |found| found.user_id.to_string())
    };
    let sees_staff = call.holds(Permission::OrgRead);
    let page = page.map(|entry| ActivityView {
        id: entry.id,
        at: entry.at,
        action: entry.action,
        actor: if entry.by_staff {
            ActorView { kind: "staff".to_owned(), id: sees_staff.then(|| name(entry.actor)) }
        } else {
            ActorView { kind: "user".to_owned(), id: Some(name(entry.actor)) }
        },
        member: entry.about.map(name),
        invite_id: entry.invite,
        changes: entry.changes,
    });
    Ok(Json::new(call.list(page, &request).await?))
}
