//! `DELETE /api/users/me/deletion-request`: cancel the deletion of your account. The account is
//! restored, and you sign in again.

use provost_domain::{
    MessageId,
    audit::Resource,
    deletion::{CancelledBy, DeletionView},
};
use provost_http::{HandlerResult, Json, RequestContext, SignedInGrant};
use provost_operations::deletion;

use crate::show_deletion::pending;

pub(crate) async fn cancel_account_deletion(
    ctx: RequestContext<SignedInGrant>,
) -> HandlerResult<Json<DeletionView>> {
    let request = pending(&ctx).await?;
    ctx.check_version(request.version)?;
    let person = ctx.caller.principal.clone();
    let mut tx = ctx.app.transaction();
    let entry = ctx.entry(
        "deletion.cancelled",
        Resource::Owned { kind: "deletion", id: request.id.to_string(), owner: person.subject() },
    );
    let request = deletion::cancel(
        &mut tx,
        request,
        Some(person),
        CancelledBy::Owner,
        ctx.app.id(MessageId::new),
        ctx.now(),
    )?;
    tx.audit(entry)?;
    let answer = Json::new(request.for_owner()).version(request.version);
    ctx.commit(tx, &answer).await?;
    Ok(answer)
}
