//! `GET /v1/users/stats`: how many users there are, by status, type and activity.

use std::collections::BTreeMap;

use provost_directory::sees;
use provost_domain::Timestamp;
use provost_http::{HandlerResult, Json, RawQuery, RequestContext, access::StaffGrant, redacted};
use provost_search::Field;
use schemars::JsonSchema;
use serde::Serialize;

use super::lookup::{Lookup, SelectionParameters, refused};

/// Numbers of users by name.
type Counts = BTreeMap<&'static str, u64>;

/// Numbers of users: each is the total of the list with the same filters. Deleted users are left out
/// unless `status` asks for them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct UserStats {
    /// All users.
    total: u64,
    /// By status of the account.
    by_status: BTreeMap<String, u64>,
    /// By type; a user can have several.
    by_type: Counts,
    /// By what was verified.
    verification: Counts,
    /// By how they can sign in.
    auth: Counts,
    /// By when they registered. Days, weeks and months begin in the time zone `tz`.
    registrations: Counts,
    /// By when they were last active. Requires `session.read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    active: Option<Counts>,
    /// Locked after failed sign-ins. Requires `session.read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    locked: Option<u64>,
    /// Pending deletions. Requires `deletion.read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    deletions: Option<Counts>,
    /// When the index was last compared with the stored one.
    as_of: Timestamp,
    /// Names of the numbers that the caller cannot see: with filters for one user, they would tell
    /// fields of that user.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    redacted: Vec<String>,
}

/// Shows the numbers.
///
/// # Errors
/// What is wrong with the filters.
pub async fn get_user_stats(
    ctx: RequestContext<StaffGrant>,
    query: RawQuery<SelectionParameters>,
) -> HandlerResult<Json<UserStats>> {
    let Lookup { list, query, snapshot } = Lookup::read(&ctx, &query.text, &[]).await?;
    let zone = list.zone.to_string();
    let stats = snapshot.index.stats(&query, &zone, ctx.now()).map_err(refused)?;
    let sees = |field| sees(&ctx.caller.permissions, field);
    let (active, locked) = (sees(Field::LastActiveAt), sees(Field::LockedUntil));
    let deletions = sees(Field::DeletionState) && sees(Field::PurgeAfter);
    Ok(Json::new(UserStats {
        total: stats.total,
        by_status: stats.by_status,
        by_type: stats.by_type,
        verification: stats.verification,
        auth: stats.auth,
        registrations: stats.registrations,
        active: active.then_some(stats.active),
        locked: locked.then_some(stats.locked),
        deletions: deletions.then_some(stats.deletions),
        as_of: snapshot.as_of,
        redacted: redacted(&[("active", active), ("locked", locked), ("deletions", deletions)]),
    }))
}
