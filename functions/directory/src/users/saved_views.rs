//! `GET` and `POST /v1/views`, `DELETE /v1/views/{id}`: the views of the list of users that the
//! caller saved.

use provost_domain::{
    ApiError, SavedViewId, Timestamp,
    page::Page,
    saved_view::{MAX_NAME, MAX_QUERY, SavedView},
    text,
};
use provost_http::{
    Body, Created, HandlerResult, Json, NoContent, Paging, Query, RequestContext, SnakeList,
    SnakePaging, access::StaffGrant,
};
use provost_operations::user::{delete_view, save_view};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::lookup::{check_no_page, request};

/// Request to save a view.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SaveView {
    /// Name, at most 64 characters; unique among your views, regardless of case.
    name: String,
    /// Parameters of `GET /v1/users` as a query string, without those of the page, at most 4,096
    /// bytes. They must be valid.
    query: String,
}

/// A saved view.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SavedViewDetails {
    /// Id of the view.
    id: SavedViewId,
    /// Name, unique among your views.
    name: String,
    /// Parameters of `GET /v1/users` as a query string.
    query: String,
    /// Time of creation.
    created_at: Timestamp,
}

impl From<SavedView> for SavedViewDetails {
    fn from(view: SavedView) -> Self {
        let SavedView { id, name, query, created_at } = view;
        Self { id, name, query, created_at }
    }
}

/// Lists the caller's views.
///
/// # Errors
/// `VALIDATION_FAILED` for an invalid page.
pub async fn list_saved_views(
    ctx: RequestContext<StaffGrant>,
    Query(paging): Query<SnakePaging>,
) -> HandlerResult<Json<SnakeList<SavedViewDetails>>> {
    let request = ctx.page_request(&Paging::from(paging)).await?;
    let views = ctx.app.store().saved_views(ctx.caller.user.user_id).await?;
    let page = Page::of(views.into_iter().map(SavedViewDetails::from).collect(), &request);
    Ok(Json::new(ctx.list(page, &request).await?.into()))
}

/// Saves a view.
///
/// # Errors
/// What is wrong with the name or the parameters; `ALREADY_EXISTS` for a name that a view has;
/// `INVALID_ACTION` above the maximum number.
pub async fn create_saved_view(
    ctx: RequestContext<StaffGrant>,
    Body(body): Body<SaveView>,
) -> HandlerResult<Created<SavedViewDetails>> {
    let name = text::line("name", &body.name, MAX_NAME)?;
    let query = body.query.trim_start_matches('?').to_owned();
    if query.is_empty() {
        let sentence = "The parameters are empty. Send at least one, such as `status=active`.";
        return Err(ApiError::field("query", "empty", sentence).into());
    }
    if query.len() > MAX_QUERY {
        let sentence = format!("The parameters are too long. Use at most {MAX_QUERY} bytes.");
        return Err(ApiError::field("query", "too_long", sentence).into());
    }
    check_no_page(&query)?;
    request(&ctx, &query, &[]).await?;
    let change = save_view(&ctx.op(None), &ctx.caller.user, name, query).await?;
    ctx.complete(change, |view| {
        let location = format!("/v1/views/{}", view.id);
        Created(SavedViewDetails::from(view), location)
    })
    .await
}

/// Deletes a view.
///
/// # Errors
/// `NOT_FOUND` when the caller has no such view.
pub async fn delete_saved_view(ctx: RequestContext<StaffGrant>) -> HandlerResult<NoContent> {
    // Another user's view is reported as not found.
    let id = ctx.id("id", "view")?;
    let change = delete_view(&ctx.op(None), &ctx.caller.user, id).await?;
    ctx.complete(change, |()| NoContent).await
}
