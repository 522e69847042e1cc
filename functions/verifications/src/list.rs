//! `GET /api/admin/verifications`: list verifications, newest first.

use provost_domain::verification::{VerificationStatus, VerificationType};
use provost_http::{HandlerResult, Json, List, Paging, Query, RequestContext, access::StaffGrant};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::views::VerificationView;

/// Filters and page of a list of verifications.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct VerificationQuery {
    /// Only verifications with this status.
    #[schemars(with = "Option<StatusName>")]
    status: Option<VerificationStatus>,
    /// Only verifications of this type.
    #[schemars(with = "Option<TypeName>")]
    r#type: Option<VerificationType>,
    /// Page number, starting at 1. Not together with `cursor`.
    #[schemars(range(min = 1))]
    page: Option<u32>,
    /// Items per page, 1 to 200; 50 by default.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
    /// `nextCursor` of the previous page. Not together with `page`.
    cursor: Option<String>,
}

// Query parameters have their values inline.
#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[expect(dead_code, reason = "only its schema is used")]
enum StatusName {
    Pending,
    Approved,
    Rejected,
    Superseded,
}

#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
#[expect(dead_code, reason = "only its schema is used")]
enum TypeName {
    Identity,
    Student,
}

/// Lists verifications.
///
/// # Errors
/// `VALIDATION_FAILED` for an invalid filter.
pub async fn list_verifications(
    ctx: RequestContext<StaffGrant>,
    Query(query): Query<VerificationQuery>,
) -> HandlerResult<Json<List<VerificationView>>> {
    let request = ctx
        .page_request(&Paging { page: query.page, limit: query.limit, cursor: query.cursor })
        .await?;
    let page = ctx.app.store().verifications(query.status, query.r#type, &request).await?;
    Ok(Json::new(ctx.list(page.map(VerificationView::from), &request).await?))
}
