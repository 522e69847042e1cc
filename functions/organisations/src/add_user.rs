//! `POST /api/organisations/{id}/add-user`: staff add someone who has an account, without asking them. They are told.

use provost_domain::{
    Email, Refused, Status, UserId,
    audit::{Changes, note_change},
    notification::NotificationKind,
    organisation::{Member, MemberRole, joining_role},
};
use provost_http::{Answer, Body, Call, Created, OrganisationGrant, users};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    ORGANISATIONS,
    invite::already_member,
    record::{News, notify, record},
    views::MembershipView,
};

/// Whom to add.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AddUser {
    /// The person's id. Not together with `email`.
    user_id: Option<UserId>,
    /// The person's address. Not together with `userId`.
    email: Option<Email>,
    /// What they become, `member` unless given.
    role: Option<MemberRole>,
    /// Why, for the audit log.
    reason: Option<String>,
}

pub async fn add_organisation_member(call: Call<OrganisationGrant>, Body(body): Body<AddUser>) -> Answer<Created<MembershipView>> {
    let (now, organisation) = (call.now(), &call.organisation);
    let role = joining_role(body.role)?;
    let name = match (body.user_id, body.email) {
        (Some(user), None) => user.to_string(),
        (None, Some(email)) => format!("email:{email}"),
        (Some(_), Some(_)) => return Err(Refused::field("email", "contradiction", "Give either `userId` or `email`.").into()),
        (None, None) => return Err(Refused::field("userId", "required", "Give the person's `userId` or `email`.").into()),
    };
    let person = users::find(&call.app, &name).await?;
    call.check_member_rank(&person)?;
    if person.status == Status::Deleted {
        return Err(Refused::invalid_action("This account is scheduled for deletion; cancel that first.", &["cancel-deletion"]).into());
    }
    let (_, member) = call.app.store().organisation_and_member(organisation.id, person.user_id).await?;
    if member.is_some() {
        return Err(already_member().into());
    }

    let member = Member { organisation_id: organisation.id, member_id: person.user_id, role, joined_at: now };
    let mut changes = Changes::new();
    note_change(&mut changes, "role", &None::<MemberRole>, &Some(role));
    let mut tx = call.app.transaction();
    tx.add_member(&member)?;
    let told = format!(
        "You were added to {} ({}) as {} by the staff. You can leave it at any time.",
        organisation.name,
        organisation.handle,
        role.as_str()
    );
    notify(&call, &mut tx, &person, organisation, NotificationKind::Organisation, "You belong to an organisation", told)?;
    record(&call, &mut tx, News::of("organisation.member_added").about(Some(&person)).changes(changes).reason(body.reason))?;
    let view = MembershipView { organisation_id: organisation.id, user_id: person.user_id, role, joined_at: now, ownership_offer: None };
    let answer = Created(view, format!("{ORGANISATIONS}/{}/users", organisation.id));
    call.commit(tx, &answer).await?;
    Ok(answer)
}
