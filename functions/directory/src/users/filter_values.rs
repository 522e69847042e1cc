//! `GET /v1/users/filter-values`: the values by which users can be filtered, with the number of
//! users of each under the current filters.

use std::collections::BTreeMap;

use provost_directory::sees;
use provost_domain::Timestamp;
use provost_http::{HandlerResult, Json, RawQuery, RequestContext, access::StaffGrant};
use provost_search::{FacetRequest, Field};
use schemars::JsonSchema;
use serde::Serialize;

use super::lookup::{Lookup, SelectionParameters, refused};

/// Maximum number of values of a field; `GET /v1/users/field-values` lists the others.
const MAX_VALUES: usize = 200;

/// The fields with a limited number of values, and their names in the response.
const FACETS: &[(&str, Field)] = &[
    ("statuses", Field::Status),
    ("roles", Field::Roles),
    ("countries", Field::Country),
    ("continents", Field::Continent),
    ("timezones", Field::TimeZone),
    ("locales", Field::Locale),
    ("genders", Field::Gender),
    ("designations", Field::Designation),
    ("portal_tiers", Field::PortalTier),
    ("oauth_providers", Field::OauthProviders),
    ("auth_methods", Field::AuthMethods),
    ("is_admin", Field::IsAdmin),
    ("is_instructor", Field::IsInstructor),
    ("is_learner", Field::IsLearner),
    ("email_verified", Field::EmailVerified),
    ("phone_verified", Field::PhoneVerified),
    ("mfa_enabled", Field::MfaEnabled),
];

/// A value and the number of users that have it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CountedValue {
    /// Value for the filter.
    pub value: String,
    /// Number of users that match the current filters and have the value.
    pub count: u64,
}

/// Values by which users can be filtered.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FilterValues {
    /// The values of each field, those of most users first, at most 200, of those fields
    /// that the caller may see. A field ignores the filter
    /// on itself, so that its other values can be chosen.
    data: BTreeMap<&'static str, Vec<CountedValue>>,
    /// When the index was last compared with the stored one.
    as_of: Timestamp,
}

/// Lists the values.
///
/// # Errors
/// What is wrong with the filters.
pub async fn list_user_filter_values(
    ctx: RequestContext<StaffGrant>,
    query: RawQuery<SelectionParameters>,
) -> HandlerResult<Json<FilterValues>> {
    let Lookup { query, snapshot, .. } = Lookup::read(&ctx, &query.text, &[]).await?;
    let held = &ctx.caller.permissions;
    let facets: Vec<_> = FACETS.iter().filter(|(_, field)| sees(held, *field)).collect();
    let requests: Vec<FacetRequest> = facets
        .iter()
        .map(|(_, field)| FacetRequest { limit: MAX_VALUES, ..FacetRequest::new(*field) })
        .collect();
    let counted = snapshot.index.facets(&query, &requests, ctx.now()).map_err(refused)?;
    let data = facets
        .into_iter()
        .zip(counted)
        .map(|((name, _), facet)| {
            let values = facet.values.into_iter();
            (*name, values.map(|v| CountedValue { value: v.value, count: v.count }).collect())
        })
        .collect();
    Ok(Json::new(FilterValues { data, as_of: snapshot.as_of }))
}
