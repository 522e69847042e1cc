//! `POST /api/users/me/deletion-request`: request the deletion of your account.

use provost_domain::{
    DeletionId, MessageId,
    audit::Resource,
    deletion::{self, DeletionRequest, DeletionView, NewDeletion, SELF},
    mail::Template,
    message::{About, Message},
    organisation::check_not_sole_owner,
    principal::PendingDeletion,
};
use provost_http::{Accepted, Body, HandlerResult, RequestContext, SignedInGrant};
use provost_operations::user::require_remaining_root;
use serde::Deserialize;

/// Request to delete your account.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct RequestDeletion {
    /// Optional reason.
    reason: Option<String>,
}

pub(crate) async fn request_account_deletion(
    ctx: RequestContext<SignedInGrant>,
    Body(body): Body<RequestDeletion>,
) -> HandlerResult<Accepted<DeletionView>> {
    // The same session may repeat the request with its Idempotency-Key, in case the client missed
    // the response.
    ctx.caller.principal.check_usable(ctx.now())?;
    let reason = ctx.reason(body.reason.as_deref())?;
    let (app, now, person) = (&ctx.app, ctx.now(), ctx.caller.principal.clone());
    let due_at = deletion::due(now, app.store().settings().await?.deletion_grace_days);
    check_not_sole_owner(&app.store().owned_with_others(person.user_id).await?)?;
    let new = NewDeletion {
        id: app.id(DeletionId::new),
        user: person.user_id,
        pseudonym: person.pseudonym,
        requested_by: SELF.to_owned(),
        reason: reason.clone(),
        due_at,
        blocked: None,
    };
    let request = DeletionRequest::new(new, now).held_by(person.hold.as_ref());
    let pending =
        PendingDeletion { id: request.id, due_at, before: person.status, executing: false };
    // The session of the request stays active, but only to see and cancel the deletion.
    let deleted = person.clone().delete(pending, ctx.caller.session(), now)?;

    let mut tx = app.transaction();
    require_remaining_root(&mut tx, &person, &deleted, None).await?;
    tx.save_principal(&deleted)?;
    tx.create_deletion(&request, now)?;
    let mut entry = ctx.entry(
        "deletion.requested",
        Resource::Owned { kind: "deletion", id: request.id.to_string(), owner: person.subject() },
    );
    entry.reason = reason;
    tx.audit(entry)?;
    app.send(
        &mut tx,
        Message::Mail {
            id: app.id(MessageId::new),
            user: person.user_id,
            template: Template::DeletionRequested,
            about: Some(About::Deletion(request.id)),
        },
    )?;
    // Without a grace period, the deletion starts at once.
    if due_at <= now {
        app.send(&mut tx, Message::Deletion { request: request.id })?;
    }
    let answer = Accepted(request.for_owner(), "/api/users/me/deletion-request".to_owned());
    ctx.commit(tx, &answer).await?;
    Ok(answer)
}
