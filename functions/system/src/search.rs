//! `GET /v1/system/users/search`: find a user by an exact contact or id. A search by words and
//! filters needs the index of the directory.

use provost_api::{DirectoryUser, SnakeList};
use provost_domain::{
    ApiError, Email, Phone, Status, UserId, Username, external_id, page::Page, unique_id,
};
use provost_http::{
    HandlerResult, Json, Paging, Query, RequestContext, access::SystemGrant, user_fields::named_in,
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::views::view;

/// One exact value to search for, and the page.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SearchUsers {
    /// User id.
    id: Option<UserId>,
    /// Email address.
    email: Option<Email>,
    /// Phone number with country code (E.164).
    phone: Option<Phone>,
    /// Username for sign-in.
    username: Option<Username>,
    /// Unique id, also a former one.
    unique_id: Option<String>,
    /// Id of the user in another system. Upper and lower case differ.
    external_id: Option<String>,
    /// Page number, starting at 1. Not together with `cursor`.
    #[schemars(range(min = 1))]
    page: Option<u32>,
    /// Items per page, 1 to 200; 25 by default.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
    /// `next_cursor` of the previous page. Not together with `page`.
    cursor: Option<String>,
}

/// Finds a user. Users whose account is scheduled for deletion are left out.
///
/// # Errors
/// `VALIDATION_FAILED` without a value, or with several.
pub async fn search_directory_users(
    ctx: RequestContext<SystemGrant>,
    Query(query): Query<SearchUsers>,
) -> HandlerResult<Json<SnakeList<DirectoryUser>>> {
    let paging = Paging {
        page: query.page,
        limit: query.limit.or(Some(crate::DEFAULT_LIMIT)),
        cursor: query.cursor.clone(),
    };
    let request = ctx.page_request(&paging).await?;
    check_one(&query)?;
    let store = ctx.app.store();
    let named = match &query {
        SearchUsers { id: Some(id), .. } => Some(*id),
        SearchUsers { email: Some(email), .. } => store.owner_of_email(email).await?,
        SearchUsers { phone: Some(phone), .. } => store.owner_of_phone(phone).await?,
        SearchUsers { username: Some(name), .. } => store.owner_of_username(name).await?,
        SearchUsers { unique_id: Some(given), .. } => {
            let given = unique_id::parse(given).map_err(named_in)?;
            store.owner_of_unique_id(&given).await?
        }
        SearchUsers { external_id: Some(given), .. } => {
            let given = external_id::parse(given).map_err(named_in)?;
            store.owner_of_external_id(&given).await?
        }
        _ => None,
    };
    let found = match named {
        Some(user) => store.user_in_full(user).await?,
        None => None,
    };
    let mut rows = Vec::new();
    if let Some(found) = found.filter(|found| found.user.status != Status::Deleted) {
        rows.push(view(&ctx, &found).await?);
    }
    let page = Page::of(rows, &request);
    Ok(Json::new(ctx.list(page, &request).await?.into()))
}

fn check_one(query: &SearchUsers) -> Result<(), ApiError> {
    let given = [
        ("id", query.id.is_some()),
        ("email", query.email.is_some()),
        ("phone", query.phone.is_some()),
        ("username", query.username.is_some()),
        ("unique_id", query.unique_id.is_some()),
        ("external_id", query.external_id.is_some()),
    ];
    let mut given = given.into_iter().filter(|(_, given)| *given).map(|(name, _)| name);
    match (given.next(), given.next()) {
        (Some(_), None) => Ok(()),
        (Some(_), Some(second)) => Err(ApiError::field(
            second,
            "contradiction",
            "More than one value is given. Search for one of them.",
        )),
        (None, _) => Err(ApiError::field(
            "email",
            "required",
            "A value to search for is required. Give `id`, `email`, `phone`, `username`, `unique_id` or `external_id`.",
        )),
    }
}
