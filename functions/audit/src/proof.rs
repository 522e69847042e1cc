//! `GET /api/admin/audit/logs/{id}/proof`: the proof that an entry is in the log, unchanged since it
//! was written.

use provost_domain::{ApiError, AuditId, Code, Permission};
use provost_http::{HandlerResult, Json, RequestContext, StaffGrant};
use provost_store::audit::StoredEntry;
use schemars::JsonSchema;
use serde::Serialize;

/// The proof that an entry is in the tree of a signed checkpoint (RFC 6962).
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuditProof {
    /// Audit log entry id.
    id: AuditId,
    /// Number of the leaf of the entry in the tree, starting at 0.
    leaf_index: u64,
    /// Data of the leaf: the stored entry, with users as pseudonyms and their data encrypted, and a
    /// random salt. An erasure does not change it. Left out if it contains what the caller cannot
    /// see; `redacted` then names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    leaf: Option<String>,
    /// Hash of the leaf: base64 of the SHA-256 of a zero byte and the data of the leaf.
    leaf_hash: String,
    /// Inclusion proof: hashes in base64, from the leaf to the root.
    hashes: Vec<String>,
    /// Number of leaves of the tree.
    tree_size: u64,
    /// Signed checkpoint of the tree (C2SP tlog-checkpoint), whose root the proof leads to.
    checkpoint: String,
    /// Names of the fields that the caller cannot see.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    redacted: Vec<String>,
}

/// Shows the proof of an entry.
///
/// # Errors
/// `NOT_FOUND` for an entry that no checkpoint includes yet, or that does not exist.
pub(crate) async fn get_audit_proof(
    ctx: RequestContext<StaffGrant>,
) -> HandlerResult<Json<AuditProof>> {
    let id: AuditId = ctx.id("id", "audit log entry")?;
    let Some(proof) = ctx.app.store().audit_proof(id).await? else {
        return Err(ApiError::new(
            Code::NotFound,
            "There is no proof of this entry. An entry has a proof about an hour after it was written. Try again later.",
        )
        .into());
    };
    let sees_all = proof.entry.as_ref().is_none_or(|entry| sees_all(&ctx, entry));
    Ok(Json::new(AuditProof {
        id,
        leaf_index: proof.index,
        leaf: proof.leaf.filter(|_| sees_all),
        leaf_hash: proof.hash.to_string(),
        hashes: proof.hashes.iter().map(ToString::to_string).collect(),
        tree_size: proof.checkpoint.size,
        checkpoint: proof.checkpoint.note,
        redacted: if sees_all { Vec::new() } else { vec!["leaf".to_owned()] },
    }))
}

/// Whether the caller may see everything that is stored of an entry in plain text: the addresses of
/// those who are not users, and the pseudonym of the user who reported the caller.
fn sees_all(ctx: &RequestContext<StaffGrant>, entry: &StoredEntry) -> bool {
    let caller = &ctx.caller;
    let has_address = entry.ip.is_some() || entry.user_agent.is_some();
    let sees_addresses = caller.permissions.contains(&Permission::SessionRead);
    (sees_addresses || !has_address) && !entry.names_reporter_of(caller.user.pseudonym)
}
