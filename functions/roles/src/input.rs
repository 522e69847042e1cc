//! References to roles and permissions in paths, and values of bodies.

use provost_domain::{ApiError, BuiltInRole, Permission, RoleId, role::Role, text};
use provost_http::{HandlerError, RequestContext, access::AccessGrant};

/// A role that a path names: a custom one by id, a built-in one by name.
pub enum Named {
    Custom(Role),
    BuiltIn(BuiltInRole),
}

impl Named {
    /// The custom role, for what is only possible with one.
    ///
    /// # Errors
    /// `INVALID_ACTION` for a built-in role.
    pub fn custom(self) -> Result<Role, ApiError> {
        match self {
            Self::Custom(role) => Ok(role),
            Self::BuiltIn(_) => Err(ApiError::invalid_action(
                "A built-in role cannot be changed. Clone it, and change the clone.",
                &["clone"],
            )),
        }
    }
}

/// The role that the path names.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn role<G: AccessGrant>(
    ctx: &RequestContext<G>,
    param: &str,
) -> Result<Named, HandlerError> {
    let name = ctx.param(param);
    if let Some(role) = built_in(name) {
        return Ok(Named::BuiltIn(role));
    }
    let id: RoleId = ctx.id(param, "role")?;
    let role = ctx.app.store().role(id).await?;
    Ok(Named::Custom(role.ok_or_else(|| ApiError::missing("role"))?))
}

/// A built-in role in any case or spelling.
fn built_in(name: &str) -> Option<BuiltInRole> {
    let key = text::caseless(name);
    let same = |role: &BuiltInRole| text::caseless(role.as_str()) == key;
    BuiltInRole::parse(name).or_else(|| BuiltInRole::ALL.into_iter().find(same))
}

/// The permission that the path names.
///
/// # Errors
/// `NOT_FOUND`.
pub fn permission<G: AccessGrant>(ctx: &RequestContext<G>) -> Result<Permission, ApiError> {
    ctx.id("permission", "permission")
}

/// The custom role that the path names as `id`.
///
/// # Errors
/// `NOT_FOUND`, also for a built-in role, which has no list of holders.
pub async fn custom_role<G: AccessGrant>(ctx: &RequestContext<G>) -> Result<Role, HandlerError> {
    let id: RoleId = ctx.id("id", "role")?;
    Ok(ctx.app.store().role(id).await?.ok_or_else(|| ApiError::missing("role"))?)
}
