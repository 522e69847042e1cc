//! `GET /api/apikeys/my`: list the user's API keys, oldest first.

use provost_domain::page::Page;
use provost_http::{Answer, Json, List, Paging, Query, RequestContext, SignedInGrant};

use crate::view::ApiKeyView;

pub async fn list_api_keys(call: RequestContext<SignedInGrant>, Query(paging): Query<Paging>) -> Answer<Json<List<ApiKeyView>>> {
    let request = call.page_request(&paging).await?;
    let live = &call.caller.principal.api_keys;
    // A suspension ends keys at once and leaves their descriptions; only what works is a key.
    let described = if live.is_empty() { Vec::new() } else { call.app.store().api_keys(call.caller.principal.user_id).await? };
    let keys = described.into_iter().filter_map(|key| live.get(&key.id).map(|works| ApiKeyView::of(key, works))).collect();
    Ok(Json::new(call.list(Page::of(keys, &request), &request).await?))
}
