//! `DELETE /api/ssh-keys/{id}`: delete an SSH key.

use provost_domain::{
    ApiError, SshKeyId,
    audit::{Resource, note_change},
};
use provost_http::{HandlerError, HandlerResult, NoContent, RequestContext, SignedInGrant};
use provost_store::Conflict;

pub async fn delete_ssh_key(ctx: RequestContext<SignedInGrant>) -> HandlerResult<NoContent> {
    let id: SshKeyId = ctx.id("id", "SSH key")?;
    let principal = &ctx.caller.principal;
    // Another user's key is reported as not found.
    let there = ctx.app.store().ssh_keys(principal.user_id).await?;
    let key =
        there.into_iter().find(|key| key.id == id).ok_or_else(|| ApiError::missing("SSH key"))?;
    let mut entry = ctx.entry(
        "ssh_key.removed",
        Resource::Owned { kind: "ssh_key", id: id.to_string(), owner: principal.subject() },
    );
    note_change(&mut entry.changes, "name", &Some(key.name.as_str()), &None);
    note_change(&mut entry.changes, "fingerprint", &Some(key.fingerprint.as_str()), &None);
    let mut tx = ctx.app.transaction();
    tx.check_principal(principal)?;
    tx.remove_ssh_key(principal.user_id, id)?;
    tx.audit(entry)?;
    match ctx.commit(tx, &NoContent).await {
        Ok(()) => Ok(NoContent),
        // Another request removed it first.
        Err(HandlerError::Conflict(Conflict::SshKey)) => Err(ApiError::missing("SSH key").into()),
        Err(problem) => Err(problem),
    }
}
