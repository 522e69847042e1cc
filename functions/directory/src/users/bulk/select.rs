//! The users that a bulk action selects: by id, or by the filters of the list.

use provost_directory::{Names, SelectedUsers};
use provost_domain::{ApiError, Code, UserId, bulk::MAX_USERS};
use provost_http::{HandlerError, RequestContext, access::StaffGrant};
use provost_search::query::selection::SelectionBody;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::users::lookup;

/// A selection by filter, as a plan keeps it.
#[derive(Serialize, Deserialize)]
struct Kept {
    filter: Map<String, Value>,
    #[serde(default)]
    exclude_ids: Option<Vec<String>>,
    #[serde(default)]
    match_all: Option<bool>,
}

/// A selection by filter, to be stored.
///
/// # Errors
/// If it cannot be serialized.
pub fn stored(body: &SelectionBody) -> Result<Value, HandlerError> {
    let SelectionBody { filter, exclude_ids, match_all, .. } = body.clone();
    let kept = Kept { filter: filter.unwrap_or_default(), exclude_ids, match_all };
    serde_json::to_value(kept).map_err(unreadable)
}

/// A stored selection.
///
/// # Errors
/// If it cannot be read.
pub fn read(stored: Value) -> Result<SelectionBody, HandlerError> {
    let Kept { filter, exclude_ids, match_all } =
        serde_json::from_value(stored).map_err(unreadable)?;
    Ok(SelectionBody { user_ids: None, filter: Some(filter), exclude_ids, match_all })
}

fn unreadable(cause: serde_json::Error) -> HandlerError {
    HandlerError::Failed { action: "reading the filter of a plan", cause: Box::new(cause) }
}

/// The selected users: named ones in the order of the request, repetitions included, others as the
/// list shows them.
///
/// # Errors
/// What is wrong with the selection; `INVALID_ACTION` when the filter matches nobody; `UNAVAILABLE`
/// without an index.
pub async fn users(
    ctx: &RequestContext<StaffGrant>,
    body: &SelectionBody,
) -> Result<Vec<UserId>, HandlerError> {
    let text = serde_json::to_string(&body.filter).unwrap_or_default();
    let names = Names::read(ctx.app.store(), &text).await?;
    let (query, exclude) = match SelectedUsers::read(body, &names, &ctx.caller.permissions)? {
        SelectedUsers::Named(users) => return Ok(users),
        SelectedUsers::Matching { query, exclude } => (query, exclude),
    };
    let snapshot = lookup::snapshot(ctx).await?;
    let mut users = snapshot.index.ids(&query, ctx.now()).map_err(lookup::refused)?;
    users.retain(|user| !exclude.contains(user));
    if users.is_empty() {
        return Err(nobody().into());
    }
    if users.len() > MAX_USERS {
        return Err(ApiError::field(
            "filter",
            "too_many",
            format!(
                "This filter matches {} users. A bulk action can have at most {MAX_USERS}. Narrow the filter, for example by `created_before`.",
                users.len()
            ),
        )
        .into());
    }
    Ok(users)
}

/// The name of the member that marks the error for an empty selection.
const EMPTY: &str = "count";

fn nobody() -> ApiError {
    ApiError::invalid_action("No user matches this filter, so there is nothing to do.", &[])
        .with(EMPTY, 0)
}

/// Whether an error says that nobody matches.
pub fn is_empty(error: &ApiError) -> bool {
    error.code == Code::InvalidAction && error.extra.contains_key(EMPTY)
}
