//! `GET /v1/impersonations`: list impersonations.

use std::collections::HashMap;

use provost_domain::{
    Pseudonym, SessionId, Timestamp, User, UserId,
    impersonation::{Impersonation, ImpersonationEnd, ImpersonationMode},
};
use provost_http::{HandlerResult, Json, Paging, Query, RequestContext, SnakeList, StaffGrant};
use provost_store::impersonations::{ImpersonationFilter, reason};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Filter and page of the list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImpersonationQuery {
    /// Only impersonations in this state. Default: all.
    #[serde(default)]
    state: Option<ImpersonationState>,
    /// Page number, starting at 1. Not together with `cursor`.
    #[serde(default)]
    #[schemars(range(min = 1))]
    page: Option<u32>,
    /// Items per page, 1 to 200; 25 by default.
    #[serde(default)]
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
    /// `next_cursor` of the previous page. Not together with `page`.
    #[serde(default)]
    cursor: Option<String>,
}

/// State of an impersonation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ImpersonationState {
    /// Its time is not over, and nobody ended it.
    Live,
    /// It was ended, or its time is over.
    Ended,
}

/// An impersonation.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "StaffImpersonationView")]
pub struct ImpersonationView {
    /// Id of the impersonation.
    id: SessionId,
    /// User id of the staff member; their pseudonym after an erasure.
    actor: String,
    /// User id of the user.
    user_id: UserId,
    /// What it allows.
    view_mode: ImpersonationMode,
    /// State by its time.
    state: ImpersonationState,
    /// Whether its token still has an effect: false also after the staff member signed out, or lost
    /// their rights.
    usable: bool,
    /// Reason; null after an erasure of the user.
    reason: Option<String>,
    /// Start.
    started_at: Timestamp,
    /// Time at which it ends, or would have ended.
    expires_at: Timestamp,
    /// Time at which it was ended early; null otherwise.
    ended_at: Option<Timestamp>,
    /// How it was ended early; null otherwise.
    ended_how: Option<ImpersonationEnd>,
}

pub async fn list_impersonations(
    ctx: RequestContext<StaffGrant>,
    Query(query): Query<ImpersonationQuery>,
) -> HandlerResult<Json<SnakeList<ImpersonationView>>> {
    let ImpersonationQuery { state, page, limit, cursor } = query;
    let paging = Paging { page, limit: Some(limit.unwrap_or(25)), cursor };
    let request = ctx.page_request(&paging).await?;
    let (store, now) = (ctx.app.store(), ctx.now());
    let state = state.map(|state| match state {
        ImpersonationState::Live => ImpersonationFilter::Open,
        ImpersonationState::Ended => ImpersonationFilter::Ended,
    });
    let page = store.all_impersonations(state, &request, now).await?;
    let actors = store.subjects(page.rows.iter().map(|row| row.actor)).await?;
    let actors: HashMap<Pseudonym, UserId> =
        actors.into_iter().map(|(pseudonym, subject)| (pseudonym, subject.user_id)).collect();
    let named = page.rows.iter().map(|row| row.target_id).chain(actors.values().copied());
    let users = store.users_of(named).await?;
    let page = page.map(|row| view(row, &actors, &users, now));
    Ok(Json::new(ctx.list(page, &request).await?.into()))
}

fn view(
    row: Impersonation,
    actors: &HashMap<Pseudonym, UserId>,
    users: &HashMap<UserId, User>,
    now: Timestamp,
) -> ImpersonationView {
    let actor = actors.get(&row.actor);
    let target = users.get(&row.target_id);
    let live = actor.and_then(|actor| users.get(actor)?.live_impersonation(now));
    let is_open = row.is_open(now);
    ImpersonationView {
        id: row.id,
        actor: actor.map_or_else(|| row.actor.to_string(), ToString::to_string),
        user_id: row.target_id,
        view_mode: row.mode,
        state: if is_open { ImpersonationState::Live } else { ImpersonationState::Ended },
        usable: is_open && target.is_some() && live.is_some_and(|live| live.id == row.id),
        reason: target.and_then(|target| reason(target, &row)),
        started_at: row.started_at,
        expires_at: row.expires_at,
        ended_at: row.ended_at,
        ended_how: row.end,
    }
}
