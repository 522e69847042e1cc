//! `GET /v1/system/users/by-ids`: get users by id.

use std::collections::{BTreeMap, BTreeSet};

use provost_api::DirectoryUser;
use provost_domain::{ApiError, Status, UserId};
use provost_http::{HandlerResult, Json, Query, RequestContext, access::SystemGrant};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::views::view;

/// Maximum number of ids in a request.
const MAX_IDS: usize = 100;

/// Ids of users.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UserIds {
    /// User ids, separated by commas, at most 100.
    ids: String,
}

/// Users by id.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct UsersByIds {
    /// The users, in the order of the request, each once.
    data: Vec<DirectoryUser>,
    /// Ids without a user, as they were sent.
    missing: Vec<String>,
    /// Ids of users whose account is scheduled for deletion.
    deleted: Vec<String>,
}

/// Gets users by id.
///
/// # Errors
/// `VALIDATION_FAILED` without an id, or with more than 100.
pub async fn get_users_by_ids(
    ctx: RequestContext<SystemGrant>,
    Query(query): Query<UserIds>,
) -> HandlerResult<Json<UsersByIds>> {
    let given = ids(&query.ids)?;
    let known: BTreeSet<UserId> = given.iter().filter_map(|id| id.parse().ok()).collect();
    let found = ctx.app.store().users_in_full(&known.into_iter().collect::<Vec<_>>()).await?;
    let mut found: BTreeMap<UserId, _> =
        found.into_iter().map(|found| (found.user.user_id, found)).collect();
    let mut seen = BTreeSet::new();
    let mut answer = UsersByIds { data: Vec::new(), missing: Vec::new(), deleted: Vec::new() };
    for text in given {
        let id: Option<UserId> = text.parse().ok();
        let name = id.map_or_else(|| text.to_owned(), |id| id.to_string());
        if !seen.insert(name) {
            continue;
        }
        match id.and_then(|id| found.remove(&id)) {
            None => answer.missing.push(text.to_owned()),
            Some(found) if found.user.status == Status::Deleted => {
                answer.deleted.push(text.to_owned());
            }
            Some(found) => answer.data.push(view(&ctx, &found).await?),
        }
    }
    Ok(Json::new(answer))
}

fn ids(text: &str) -> Result<Vec<&str>, ApiError> {
    let ids: Vec<&str> = text.split(',').map(str::trim).collect();
    if ids.len() > MAX_IDS {
        return Err(ApiError::field(
            "ids",
            "too_many",
            "There are too many ids. Send at most 100 in a request.",
        ));
    }
    if ids.iter().any(|id| id.is_empty()) {
        return Err(ApiError::field(
            "ids",
            "empty",
            "One of the ids is empty. Separate the ids by single commas.",
        ));
    }
    Ok(ids)
}
