//! `GET /api/admin/search`: find anything by what staff happen to know of it.

use provost_domain::text;
use provost_http::{Answer, Call, Json, Query, access::Staff};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is looked for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SearchQuery {
    /// An id, an e-mail address, a username, a handle, or the beginning of a name or address.
    #[schemars(length(min = 2, max = 254))]
    q: String,
}

/// What was found.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SearchView {
    /// What was looked for.
    query: String,
}

/// Searches.
///
/// # Errors
/// `VALIDATION_FAILED` for a query that nothing can match.
pub async fn search(call: Call<Staff>, Query(query): Query<SearchQuery>) -> Answer<Json<SearchView>> {
    let _ = call;
    Ok(Json::new(SearchView { query: text::line("q", &query.q, 254)? }))
}
