//! `POST /api/organisations/{id}/users/{userId}/role`: change what a member may do. Giving the role of owner moves the ownership: there is exactly one owner before and after.

use provost_domain::{
    Refused, Status,
    audit::{Changes, note_change},
    notification::NotificationKind,
    organisation::{MemberRole, Organisation, check_may_own_another, owner_stays},
};
use provost_http::{Answer, Body, Call, Json, OrganisationGrant};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    find,
    record::{News, notify, record},
    views::MembershipView,
};

/// What the member becomes.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangeRole {
    /// The role. `owner` moves the ownership; the owner before becomes an admin.
    role: MemberRole,
    /// Why, for the audit log.
    reason: Option<String>,
}

pub async fn change_role(call: Call<OrganisationGrant>, Body(body): Body<ChangeRole>) -> Answer<Json<MembershipView>> {
    let (member, person) = find::member(&call).await?;
    let person = person.ok_or_else(|| Refused::missing("member"))?;
    call.check_member_rank(&person)?;
    let organisation = &call.organisation;
    let answer = Json::new(MembershipView {
        organisation_id: organisation.id,
        user_id: member.member_id,
        role: body.role,
        joined_at: member.joined_at,
    });
    if member.role == body.role {
        return Ok(answer);
    }
    if member.role == MemberRole::Owner {
        return Err(owner_stays().into());
    }

    let (store, mut tx) = (call.app.store(), call.app.transaction());
    tx.change_member_role(organisation.id, member.member_id, member.role, body.role)?;
    let mut changes = Changes::new();
    note_change(&mut changes, "role", &member.role, &body.role);
    let action = if body.role == MemberRole::Owner {
        call.check_version(organisation.version)?;
        if person.status != Status::Active {
            return Err(Refused::invalid_action("Only someone whose account is in normal use can own an organisation.", &[]).into());
        }
        check_may_own_another(&store.memberships(person.user_id).await?)?;
        tx.change_member_role(organisation.id, organisation.owner_id, MemberRole::Owner, MemberRole::Admin)?;
        tx.save_organisation(&Organisation { owner_id: person.user_id, ..organisation.clone() })?;
        // Staff moved it: whoever owned it until now is told as well.
        if organisation.owner_id != call.caller.principal.user_id
            && let Some(before) = store.principal(organisation.owner_id).await?
        {
            let told = format!(
                "The staff made another member the owner of {} ({}); you are one of its admins.",
                organisation.name, organisation.handle
            );
            notify(&call, &mut tx, &before, organisation, NotificationKind::Organisation, "Your role changed", told)?;
        }
        "organisation.owner_changed"
    } else {
        tx.check_organisation(organisation.id)?;
        "organisation.role_changed"
    };
    let told = format!("Your role in {} ({}) is now {}.", organisation.name, organisation.handle, body.role.as_str());
    notify(&call, &mut tx, &person, organisation, NotificationKind::Organisation, "Your role changed", told)?;
    record(&call, &mut tx, News::of(action).about(Some(&person)).changes(changes).reason(body.reason))?;
    call.commit(tx, &answer).await?;
    Ok(answer)
}
