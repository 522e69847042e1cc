//! `GET /v1/users/stats`: how many users there are, by status, type and activity.

use std::collections::BTreeMap;

use provost_domain::Timestamp;
use provost_http::{HandlerResult, Json, RawQuery, RequestContext, access::StaffGrant};
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
    /// By when they were last active.
    active: Counts,
    /// Locked after failed sign-ins.
    locked: u64,
    /// Pending deletions.
    deletions: Counts,
    /// When the index was last compared with the stored one.
    as_of: Timestamp,
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
    Ok(Json::new(UserStats {
        total: stats.total,
        by_status: stats.by_status,
        by_type: stats.by_type,
        verification: stats.verification,
        auth: stats.auth,
        registrations: stats.registrations,
        active: stats.active,
        locked: stats.locked,
        deletions: stats.deletions,
        as_of: snapshot.as_of,
    }))
}
