//! Common parts of changes to a deletion request: finding it by the path, finding its user, and
//! showing it with the staff members that it names.

use provost_api::DeletionView;
use provost_app::App;
use provost_domain::{ApiError, User, deletion::DeletionRequest};
use provost_http::{HandlerResult, RequestContext, access::AccessGrant};
use serde::Deserialize;

/// Reason for a change to a deletion request or legal hold.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Reason {
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    /// Required to place a hold and to expedite a deletion.
    pub reason: Option<String>,
}

/// The deletion request in the path.
pub(crate) async fn find<G: AccessGrant>(
    ctx: &RequestContext<G>,
) -> HandlerResult<DeletionRequest> {
    let id = ctx.id("id", "deletion request")?;
    Ok(ctx.app.store().deletion(id).await?.ok_or_else(|| ApiError::missing("deletion request"))?)
}

/// The user of a request; `None` after erasure.
pub(crate) async fn person(app: &App, request: &DeletionRequest) -> HandlerResult<Option<User>> {
    match request.user_id {
        Some(user) => Ok(app.store().user(user).await?),
        None => Ok(None),
    }
}

/// Requests as staff see them, with the ids of the staff members that they name.
pub(crate) async fn views(
    app: &App,
    requests: Vec<DeletionRequest>,
) -> HandlerResult<Vec<DeletionView>> {
    let staff = app.store().subjects(requests.iter().flat_map(DeletionRequest::staff)).await?;
    Ok(requests
        .iter()
        .map(|request| {
            DeletionView::for_staff(request, |pseudonym| {
                staff.get(&pseudonym).map(|subject| subject.user_id)
            })
        })
        .collect())
}

/// One request as staff see it.
pub(crate) async fn view(app: &App, request: &DeletionRequest) -> HandlerResult<DeletionView> {
    let staff = app.store().subjects(request.staff()).await?;
    Ok(DeletionView::for_staff(request, |pseudonym| {
        staff.get(&pseudonym).map(|subject| subject.user_id)
    }))
}

/// The path of a request for staff.
pub(crate) fn location(request: &DeletionRequest) -> String {
    format!("/api/admin/deletions/{}", request.id)
}
