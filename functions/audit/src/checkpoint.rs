//! `GET /api/admin/audit/checkpoint`: the newest signed checkpoint of the log, and the proof that it
//! continues an earlier one.

use provost_domain::{ApiError, Code, Timestamp};
use provost_http::{HandlerResult, Json, Query, RequestContext, StaffGrant};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The earlier checkpoint to compare with.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct CheckpointQuery {
    /// Size of an earlier checkpoint. The response then has a consistency proof.
    #[schemars(range(min = 1))]
    from: Option<u64>,
}

/// A signed checkpoint of the audit log.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuditCheckpoint {
    /// Signed checkpoint (C2SP tlog-checkpoint): name, size and root of the log, with an Ed25519
    /// signature.
    checkpoint: String,
    /// Number of entries.
    tree_size: u64,
    /// Root of the tree, in base64 (RFC 6962).
    root_hash: String,
    /// Time of the signature.
    signed_at: Timestamp,
    /// Public keys that may have signed it, in the form `name+id+key` (C2SP signed-note). Keep them
    /// from your first look: a key that comes with a forged log proves nothing.
    keys: Vec<String>,
    /// Proof that the log begins with all entries of the earlier checkpoint. Only with `from`.
    #[serde(skip_serializing_if = "Option::is_none")]
    consistency: Option<ConsistencyProof>,
}

/// The proof that a log continues an earlier state of itself (RFC 6962).
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConsistencyProof {
    /// Size of the earlier checkpoint.
    from: u64,
    /// Hashes in base64.
    hashes: Vec<String>,
}

/// Shows the newest checkpoint.
///
/// # Errors
/// `NOT_FOUND` when nothing is signed yet; `VALIDATION_FAILED` for a size that no checkpoint has had.
pub(crate) async fn get_audit_checkpoint(
    ctx: RequestContext<StaffGrant>,
    Query(query): Query<CheckpointQuery>,
) -> HandlerResult<Json<AuditCheckpoint>> {
    let store = ctx.app.store();
    let Some(newest) = store.audit_checkpoint().await? else {
        return Err(ApiError::new(
            Code::NotFound,
            "There is no checkpoint yet. The first one is signed about an hour after the first entry. Try again later.",
        )
        .into());
    };
    let consistency = match query.from {
        None => None,
        Some(from) if from == 0 || from > newest.size => {
            return Err(ApiError::field(
                "from",
                "out_of_range",
                format!("Enter the size of an earlier checkpoint, from 1 to {}.", newest.size),
            )
            .into());
        }
        Some(from) => {
            let hashes = store.audit_consistency(from, newest.size).await?;
            Some(ConsistencyProof {
                from,
                hashes: hashes.iter().map(ToString::to_string).collect(),
            })
        }
    };
    Ok(Json::new(AuditCheckpoint {
        checkpoint: newest.note,
        tree_size: newest.size,
        root_hash: newest.root.to_string(),
        signed_at: newest.at,
        keys: ctx.app.verifier().log_keys().iter().map(ToString::to_string).collect(),
        consistency,
    }))
}
