//! `DELETE /api/organisations/{id}`: delete an organisation. Members and what hangs on it go first, counted, and the organisation last: killed in between, it is still there
//! for its owner to delete again.

use provost_domain::{
    Refused, UserId,
    audit::Resource,
    page::{PageFrom, PageRequest},
};
use provost_http::{Answer, BodyOrQuery, Call, Nothing, OrganisationGrant};
use schemars::JsonSchema;
use serde::Deserialize;

/// Members that leave in one change.
const AT_ONCE: u32 = 90;

/// Why it is deleted.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DeleteOrganisation {
    /// Why, for the audit log.
    reason: Option<String>,
}

pub async fn remove(call: Call<OrganisationGrant>, BodyOrQuery(input): BodyOrQuery<DeleteOrganisation>) -> Answer<Nothing> {
    call.check_version(call.organisation.version)?;
    let reason = call.reason(input.reason.as_deref())?;
    let (store, id, owner) = (call.app.store(), call.organisation.id, call.organisation.owner_id);
    loop {
        let page = store.members(&call.organisation, &PageRequest { from: PageFrom::Page(1), limit: AT_ONCE }).await?;
        let others: Vec<UserId> = page.rows.iter().map(|member| member.member_id).filter(|member| *member != owner).collect();
        if others.is_empty() {
            break;
        }
        let mut tx = call.app.transaction();
        tx.remove_members(id, &others)?;
        tx.commit().await?;
    }
    store.clear_organisation(id).await?;

    let organisation = store.organisation(id).await?.ok_or_else(|| Refused::missing("organisation"))?;
    let mut tx = call.app.transaction();
    tx.remove_organisation(&organisation, owner)?;
    let mut entry = call.entry("organisation.deleted", Resource::Other { kind: "organisation", id: id.to_string() });
    entry.reason = reason;
    tx.audit(entry)?;
    call.commit(tx, &Nothing).await?;
    // What was written while the above went on; with the organisation gone, nothing new can be.
    store.clear_organisation(id).await?;
    Ok(Nothing)
}
