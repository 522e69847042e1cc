//! `GET /api/apikeys/my`: list the user's API keys, oldest first.

use provost_domain::page::Page;
use provost_http::{HandlerResult, Json, List, Paging, Query, RequestContext, SignedInGrant};

use crate::view::ApiKeyView;

pub async fn list_api_keys(
    ctx: RequestContext<SignedInGrant>,
    Query(paging): Query<Paging>,
) -> HandlerResult<Json<List<ApiKeyView>>> {
    let request = ctx.page_request(&paging).await?;
    let live = &ctx.caller.user.api_keys;
    // A suspension revokes keys at once but keeps their descriptions. Only active keys are listed.
    let described = if live.is_empty() {
        Vec::new()
    } else {
        ctx.app.store().api_keys(ctx.caller.user.user_id).await?
    };
    let keys = described
        .into_iter()
        .filter_map(|key| live.get(&key.id).map(|works| ApiKeyView::of(key, works)))
        .collect();
    Ok(Json::new(ctx.list(Page::of(keys, &request), &request).await?))
}
