//! `DELETE /api/admin/users/{id}`: erase an account without a grace period.

use provost_domain::{
    ApiError, DeletionId,
    deletion::{DeletionRequest, DeletionView, NewDeletion},
    message::Message,
    organisation::check_not_sole_owner,
    principal::PendingDeletion,
};
use provost_http::{Accepted, BodyOrQuery, HandlerResult, RequestContext, StaffTargetGrant};
use provost_operations::user::require_remaining_root;
use serde::Deserialize;

use crate::changes::{location, resource, view};

/// Request to purge a user, in the body or in the query.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct PurgeUser {
    /// Reason for the purge, 3 to 500 characters. Required, here or in the header `X-Reason`.
    reason: Option<String>,
    /// Must be true, to confirm the erasure without a grace period.
    confirm_delete: Option<bool>,
}

pub(crate) async fn delete_user(
    ctx: RequestContext<StaffTargetGrant>,
    BodyOrQuery(body): BodyOrQuery<PurgeUser>,
) -> HandlerResult<Accepted<DeletionView>> {
    let reason = ctx.required_reason(body.reason.as_deref())?;
    if body.confirm_delete != Some(true) {
        return Err(ApiError::field(
            "confirmDelete",
            "required",
            "A purge must be confirmed. Send `confirmDelete: true`. Only a root administrator can cancel a purge, and only until the erasure begins.",
        )
        .into());
    }
    let (app, now, person) = (&ctx.app, ctx.now(), ctx.target.clone());
    // A hold that an older version stored on the request applies to the account.
    let waiting = app.store().pending_deletion(&person).await?;
    person.clone().with_hold_of(waiting.as_ref()).check_not_held()?;
    let id = app.id(DeletionId::new);
    let pending = PendingDeletion { id, due_at: now, before: person.status, executing: false };
    let deleted = person.clone().delete(pending, None, now)?;
    check_not_sole_owner(&app.store().owned_with_others(person.user_id).await?)?;
    let new = NewDeletion {
        id,
        user: person.user_id,
        pseudonym: person.pseudonym,
        requested_by: ctx.caller.principal.pseudonym.to_string(),
        reason: Some(reason.clone()),
        due_at: now,
        // Not an error, since only the operator can resolve it: the request starts as blocked, and
        // continues by itself.
        blocked: app.unpaid_subscription(person.user_id).await?,
    };
    let request = DeletionRequest::new(new, now).as_purge();

    let mut tx = app.transaction();
    require_remaining_root(&mut tx, &person, &deleted, Some(&ctx.caller.principal)).await?;
    tx.save_principal(&deleted)?;
    tx.create_deletion(&request, now)?;
    let mut entry = ctx.entry("deletion.requested", resource(&request, Some(&person)));
    entry.reason = Some(reason);
    tx.audit(entry)?;
    app.send(&mut tx, Message::Deletion { request: request.id })?;
    let answer = Accepted(view(app, &request).await?, location(&request));
    ctx.commit(tx, &answer).await?;
    Ok(answer)
}
