//! `GET /v1/system/roles`: roles with their permissions.

use provost_api::SnakeList;
use provost_domain::{ApiError, BuiltInRole, PermissionSet, page::Page};
use provost_http::{HandlerResult, Json, Paging, Query, RequestContext, access::SystemGrant};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Names of roles, and the page.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RolesQuery {
    /// Only the role with this name, in any letter case.
    name: Option<String>,
    /// Only the roles with these names, separated by commas, in any letter case.
    names: Option<String>,
    /// Page number, starting at 1. Not together with `cursor`.
    #[schemars(range(min = 1))]
    page: Option<u32>,
    /// Items per page, 1 to 200; 25 by default.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
    /// `next_cursor` of the previous page. Not together with `page`.
    cursor: Option<String>,
}

/// A role with its permissions.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SystemRole {
    /// Name of the role.
    name: BuiltInRole,
    /// Name of the role for people.
    label: &'static str,
    /// Permissions of the role.
    permissions: PermissionSet,
}

/// Lists roles.
///
/// # Errors
/// `NOT_FOUND` when there is no role with one of the names; `VALIDATION_FAILED`.
pub async fn list_system_roles(
    ctx: RequestContext<SystemGrant>,
    Query(query): Query<RolesQuery>,
) -> HandlerResult<Json<SnakeList<SystemRole>>> {
    let paging = Paging {
        page: query.page,
        limit: query.limit.or(Some(crate::DEFAULT_LIMIT)),
        cursor: query.cursor.clone(),
    };
    let request = ctx.page_request(&paging).await?;
    let page = Page::of(wanted(&query)?, &request).map(|role| SystemRole {
        name: role,
        label: provost_api::directory_user::label(role),
        permissions: role.permissions(),
    });
    Ok(Json::new(ctx.list(page, &request).await?.into()))
}

fn wanted(query: &RolesQuery) -> Result<Vec<BuiltInRole>, ApiError> {
    let names = match (&query.name, &query.names) {
        (Some(_), Some(_)) => {
            return Err(ApiError::field(
                "names",
                "contradiction",
                "Both `name` and `names` are given. Give only one of them.",
            ));
        }
        (Some(one), None) => vec![one.as_str()],
        (None, Some(many)) => many.split(',').map(str::trim).collect(),
        (None, None) => return Ok(BuiltInRole::ALL.to_vec()),
    };
    let found = names.into_iter().map(|name| {
        BuiltInRole::ALL
            .into_iter()
            .find(|role| role.as_str().eq_ignore_ascii_case(name))
            .or_else(|| BuiltInRole::parse(&name.to_ascii_uppercase()))
            .ok_or_else(|| ApiError::missing("role"))
    });
    let mut found = found.collect::<Result<Vec<_>, _>>()?;
    found.dedup();
    Ok(found)
}
