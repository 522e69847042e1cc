//! `PUT /v1/users/{user_id}/unique-id`: give a user another unique id.

use provost_domain::{ApiError, UserId, unique_id};
use provost_http::{
    Body, HandlerResult, Json, RequestContext, StaffTargetGrant,
    user_fields::{named, named_in},
};
use provost_operations::user::{self, SetUniqueId, WantedUniqueId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Scheme of generated unique ids.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// `ADM-`, `INS-` or `LRN-` by the type of the user, eight random letters and digits, and a
    /// check character (ISO 7064, MOD 37,36).
    Default,
}

/// Request to give a user another unique id: either `unique_id` or `generate`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChangeUniqueId {
    /// New unique id, 2 to 64 letters, digits, `.`, `_`, `/` and `-`; letter case does not
    /// distinguish two of them.
    unique_id: Option<String>,
    /// Whether to generate one.
    generate: bool,
    /// Scheme of the generated one. Default: `default`.
    scheme: Option<Scheme>,
    /// Whether the former unique id becomes free immediately. By default it still finds the user,
    /// and nobody else can have it; the last ten are kept.
    release_old: bool,
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    reason: Option<String>,
}

/// The unique id of a user.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct UniqueIdView {
    /// User id.
    id: UserId,
    /// Unique id of the user.
    unique_id: String,
    /// Unique id before the change; null if it has not changed.
    previous: Option<String>,
    /// Version number of the account. Also sent as the `ETag`.
    version: u64,
}

/// Gives a user another unique id.
///
/// # Errors
/// `VALIDATION_FAILED`, `INVALID_ACTION` for an account that is scheduled for deletion,
/// `ALREADY_EXISTS` with `field`, `STALE_VERSION`.
pub async fn set_unique_id(
    ctx: RequestContext<StaffTargetGrant>,
    Body(body): Body<ChangeUniqueId>,
) -> HandlerResult<Json<UniqueIdView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let wanted = wanted(&body).map_err(named_in)?;
    let before = &ctx.target;
    ctx.check_version(before.version)?;
    let view = |unique_id: String, previous, version| {
        let view = UniqueIdView { id: before.user_id, unique_id, previous, version };
        Json::new(view).version(version)
    };
    let change = user::set_unique_id(&ctx.op(reason), before, wanted, body.release_old);
    let Some(mut change) = change.map_err(named_in)? else {
        return Ok(view(before.unique_id.clone(), None, before.version));
    };
    change.conflicts = change.conflicts.map_errors(named);
    ctx.complete(change, |SetUniqueId { account, previous }| {
        view(account.unique_id, Some(previous), account.version)
    })
    .await
}

fn wanted(body: &ChangeUniqueId) -> Result<WantedUniqueId, ApiError> {
    let contradiction = |field, message| Err(ApiError::field(field, "contradiction", message));
    match (&body.unique_id, body.generate) {
        (Some(_), true) => contradiction(
            "generate",
            "Both `unique_id` and `generate` are given. Give only one of them.",
        ),
        (Some(_), false) if body.scheme.is_some() => contradiction(
            "scheme",
            "Only a generated unique id has a scheme. Omit this field or `unique_id`.",
        ),
        (Some(given), false) => unique_id::parse(given).map(WantedUniqueId::Given),
        (None, true) => Ok(WantedUniqueId::Generated),
        (None, false) => Err(ApiError::field(
            "uniqueId",
            "required",
            "A unique id is required. Give `unique_id`, or `generate: true`.",
        )),
    }
}
