//! `GET` and `POST /v1/views`, `PATCH` and `DELETE /v1/views/{id}`: the views of the list of users that
//! the caller saved, and those that other staff share.

use std::collections::HashMap;

use provost_domain::{
    ApiError, SavedViewId, Timestamp, UserId,
    page::Page,
    saved_view::{MAX_NAME, MAX_QUERY, SavedView, SavedViewEdit, SharedView},
    text,
};
use provost_http::{
    Body, Created, HandlerError, HandlerResult, Json, NoContent, Paging, Query, RequestContext,
    SnakeList, SnakePaging, access::StaffGrant,
};
use provost_operations::user::{NewView, OwnedView, delete_view, save_view, update_view};
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
    /// Whether all staff who may list users see it. Each of them still sees only what their own
    /// permissions allow. Default: false.
    #[serde(default)]
    shared: bool,
}

/// Request to change a view. Omitted fields are unchanged.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateView {
    /// Name, at most 64 characters; unique among the views of its owner, regardless of case.
    name: Option<String>,
    /// Parameters of `GET /v1/users`, as for a new view.
    query: Option<String>,
    /// Whether all staff who may list users see it.
    shared: Option<bool>,
}

/// A saved view.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SavedViewDetails {
    /// Id of the view.
    id: SavedViewId,
    /// Name, unique among the views of its owner.
    name: String,
    /// Parameters of `GET /v1/users` as a query string. Left out for a shared view that you may not
    /// use.
    #[serde(skip_serializing_if = "Option::is_none")]
    query: Option<String>,
    /// Whether all staff who may list users see it.
    shared: bool,
    /// Whether it is yours.
    is_own: bool,
    /// User id of the member of staff who saved it.
    owner_id: UserId,
    /// Name of the member of staff who saved it.
    owner_name: String,
    /// Whether the list of users accepts the parameters from you now.
    is_usable: bool,
    /// Why not; null if it does.
    refusal: Option<String>,
    /// Time of creation.
    created_at: Timestamp,
    /// Names of the fields that the caller cannot see.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    redacted: Vec<&'static str>,
}

/// Lists the caller's views, and those that others share.
///
/// # Errors
/// `VALIDATION_FAILED` for an invalid page.
pub async fn list_saved_views(
    ctx: RequestContext<StaffGrant>,
    Query(paging): Query<SnakePaging>,
) -> HandlerResult<Json<SnakeList<SavedViewDetails>>> {
    let paging = ctx.page_request(&Paging::from(paging)).await?;
    let (store, caller) = (ctx.app.store(), ctx.caller.user.user_id);
    let own = store.saved_views(caller).await?;
    let own = own.into_iter().map(|view| SharedView { owner_id: caller, view });
    let mut shared = store.shared_views().await?;
    shared.retain(|shared| shared.owner_id != caller);
    shared.sort_by_key(|shared| shared.view.id);
    let page = Page::of(own.chain(shared).collect(), &paging);

    let mut owners: Vec<UserId> = page.rows.iter().map(|shared| shared.owner_id).collect();
    owners.sort_unstable();
    owners.dedup();
    owners.retain(|owner| *owner != caller);
    let owners = if owners.is_empty() { Vec::new() } else { store.accounts(&owners).await? };
    let names: HashMap<UserId, String> =
        owners.iter().chain([&ctx.caller.user]).map(|user| (user.user_id, user.name())).collect();
    let mut rows = Vec::with_capacity(page.rows.len());
    for SharedView { owner_id, view } in page.rows {
        let name = names.get(&owner_id).cloned().unwrap_or_default();
        rows.push(show(&ctx, owner_id, name, view).await?);
    }
    let page = Page { rows, total: page.total, next: page.next };
    Ok(Json::new(ctx.list(page, &paging).await?.into()))
}

/// A view as the caller sees it.
async fn show(
    ctx: &RequestContext<StaffGrant>,
    owner_id: UserId,
    owner_name: String,
    view: SavedView,
) -> Result<SavedViewDetails, HandlerError> {
    let refusal = match request(ctx, &view.query, &[]).await {
        Ok(_) => None,
        Err(HandlerError::Api(error)) => {
            let first = error.fields.first().map(|field| field.message.clone());
            Some(first.unwrap_or_else(|| error.detail.to_string()))
        }
        Err(error) => return Err(error),
    };
    let is_own = owner_id == ctx.caller.user.user_id;
    // The parameters may hold what the caller may not see, such as an address.
    let is_hidden = refusal.is_some() && !is_own;
    let SavedView { id, name, query, shared, created_at } = view;
    Ok(SavedViewDetails {
        id,
        name,
        query: Some(query).filter(|_| !is_hidden),
        shared,
        is_own,
        owner_id,
        owner_name,
        is_usable: refusal.is_none(),
        refusal: refusal.filter(|_| is_own).or(is_hidden.then(|| HIDDEN.to_owned())),
        created_at,
        redacted: if is_hidden { vec!["query"] } else { Vec::new() },
    })
}

/// Why a shared view cannot be used. The reason itself may tell what the parameters are.
const HIDDEN: &str = "You do not have the permissions that this view needs, or it is out of date. \
                      Ask its owner.";

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
    let query = checked(&ctx, &body.query).await?;
    let new = NewView { name, query, shared: body.shared };
    let change = save_view(&ctx.op(None), &ctx.caller.user, new).await?;
    let OwnedView { owner, view } = change.after.clone();
    let location = format!("/v1/views/{}", view.id);
    let shown = show(&ctx, owner.user_id, owner.name(), view).await?;
    ctx.complete(change, |_| Created(shown, location)).await
}

/// Changes a view.
///
/// # Errors
/// What is wrong with the name or the parameters; `NOT_FOUND` when the caller sees no such view;
/// `PERMISSION_DENIED` for a shared view of somebody else without `settings.write`;
/// `ALREADY_EXISTS` for a name that another view has.
pub async fn update_saved_view(
    ctx: RequestContext<StaffGrant>,
    Body(body): Body<UpdateView>,
) -> HandlerResult<Json<SavedViewDetails>> {
    let id = ctx.id("id", "view")?;
    let name = body.name.map(|name| text::line("name", &name, MAX_NAME)).transpose()?;
    let query = match body.query {
        Some(query) => Some(checked(&ctx, &query).await?),
        None => None,
    };
    let edit = SavedViewEdit { name, query, shared: body.shared };
    let (owned, change) = update_view(&ctx.op(None), ctx.caller.acting(), id, edit).await?;
    let OwnedView { owner, view } = owned;
    let shown = show(&ctx, owner.user_id, owner.name(), view).await?;
    match change {
        Some(change) => ctx.complete(change, |_| Json::new(shown)).await,
        None => Ok(Json::new(shown)),
    }
}

/// Deletes a view.
///
/// # Errors
/// `NOT_FOUND` when the caller sees no such view, `PERMISSION_DENIED` for a shared view of somebody
/// else without `settings.write`.
pub async fn delete_saved_view(ctx: RequestContext<StaffGrant>) -> HandlerResult<NoContent> {
    // Another user's view that is not shared is reported as not found.
    let id = ctx.id("id", "view")?;
    let change = delete_view(&ctx.op(None), ctx.caller.acting(), id).await?;
    ctx.complete(change, |()| NoContent).await
}

/// Parameters that the list of users accepts from the caller.
async fn checked(ctx: &RequestContext<StaffGrant>, query: &str) -> Result<String, HandlerError> {
    let query = query.trim_start_matches('?').to_owned();
    if query.is_empty() {
        let sentence = "The parameters are empty. Send at least one, such as `status=active`.";
        return Err(ApiError::field("query", "empty", sentence).into());
    }
    if query.len() > MAX_QUERY {
        let sentence = format!("The parameters are too long. Use at most {MAX_QUERY} bytes.");
        return Err(ApiError::field("query", "too_long", sentence).into());
    }
    check_no_page(&query)?;
    request(ctx, &query, &[]).await?;
    Ok(query)
}
