//! `GET /api/users/me/impersonations`: list when staff impersonated the user, and who, by
//! pseudonym.

use provost_domain::{SessionId, Timestamp, session::SignIn};
use provost_http::{HandlerResult, Json, List, Paging, Query, RequestContext, SignedInGrant};
use schemars::JsonSchema;
use serde::Serialize;

/// An impersonation of the user by staff.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImpersonationView {
    /// Id of the session that was created for the impersonation.
    pub session_id: SessionId,
    /// Start time of the impersonation.
    pub started_at: Timestamp,
    /// Pseudonym of the staff member, the same as in the audit log.
    pub by: String,
    /// Kind of impersonation: `impersonation` is read-only, `masquerade` can also make changes.
    pub method: String,
}

impl ImpersonationView {
    fn of(sign_in: SignIn) -> Self {
        Self {
            session_id: sign_in.id,
            started_at: sign_in.created_at,
            by: sign_in.impersonated_by.unwrap_or_default(),
            method: sign_in.auth_method,
        }
    }
}

pub async fn list_my_impersonations(
    ctx: RequestContext<SignedInGrant>,
    Query(paging): Query<Paging>,
) -> HandlerResult<Json<List<ImpersonationView>>> {
    let request = ctx.page_request(&paging).await?;
    let page = ctx.app.store().impersonations(ctx.caller.user.user_id, &request, ctx.now()).await?;
    Ok(Json::new(ctx.list(page.map(ImpersonationView::of), &request).await?))
}
