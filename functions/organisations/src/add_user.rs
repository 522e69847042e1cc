//! `POST /api/organisations/{id}/add-user`: staff add a user without an invitation. The user is
//! notified.

use provost_domain::{
    ApiError, Email, Status, UserId,
    audit::{Changes, note_change},
    notification::NotificationKind,
    organisation::{Member, MemberRole, joining_role},
};
use provost_http::{Body, Created, HandlerResult, OrganisationGrant, RequestContext, users};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    ORGANISATIONS,
    invite::already_member,
    record::{OrganisationEvent, notify, record},
    views::MembershipView,
};

/// Request to add a user to an organisation. Give either `userId` or `email`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AddUser {
    /// User id. Not together with `email`.
    user_id: Option<UserId>,
    /// Email address of the user. Not together with `userId`.
    email: Option<Email>,
    /// Role of the new member; `member` by default.
    role: Option<MemberRole>,
    /// Reason for the audit log.
    reason: Option<String>,
}

pub async fn add_organisation_member(
    ctx: RequestContext<OrganisationGrant>,
    Body(body): Body<AddUser>,
) -> HandlerResult<Created<MembershipView>> {
    let (now, organisation) = (ctx.now(), &ctx.organisation);
    let role = joining_role(body.role)?;
    let name = match (body.user_id, body.email) {
        (Some(user), None) => user.to_string(),
        (None, Some(email)) => format!("email:{email}"),
        (Some(_), Some(_)) => {
            return Err(ApiError::field(
                "email",
                "contradiction",
                "Both `userId` and `email` are given. Give only one of them.",
            )
            .into());
        }
        (None, None) => {
            return Err(ApiError::field(
                "userId",
                "required",
                "The user is missing. Give `userId` or `email`.",
            )
            .into());
        }
    };
    let person = users::find(&ctx.app, &name).await?;
    ctx.check_member_rank(&person)?;
    if person.status == Status::Deleted {
        return Err(ApiError::invalid_action(
            "This account is scheduled for deletion. Cancel the deletion first.",
            &["cancel-deletion"],
        )
        .into());
    }
    let (_, member) =
        ctx.app.store().organisation_and_member(organisation.id, person.user_id).await?;
    if member.is_some() {
        return Err(already_member().into());
    }

    let member = Member {
        organisation_id: organisation.id,
        member_id: person.user_id,
        role,
        joined_at: now,
    };
    let mut changes = Changes::new();
    note_change(&mut changes, "role", &None::<MemberRole>, &Some(role));
    let mut tx = ctx.app.transaction();
    tx.add_member(&member)?;
    let told = format!(
        "Staff added you to {} ({}) as {}. You can leave at any time.",
        organisation.name,
        organisation.handle,
        role.as_str()
    );
    notify(
        &ctx,
        &mut tx,
        &person,
        organisation,
        NotificationKind::Organisation,
        "You were added to an organisation",
        told,
    )?;
    record(
        &ctx,
        &mut tx,
        OrganisationEvent::of("organisation.member_added")
            .about(Some(&person))
            .changes(changes)
            .reason(body.reason),
    )?;
    let view = MembershipView {
        organisation_id: organisation.id,
        user_id: person.user_id,
        role,
        joined_at: now,
        ownership_offer: None,
    };
    let answer = Created(view, format!("{ORGANISATIONS}/{}/users", organisation.id));
    ctx.commit(tx, &answer).await?;
    Ok(answer)
}
