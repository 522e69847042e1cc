//! `GET` and `PUT /api/admin/users/{id}/contributor-profile`: a user's GitHub username, title and
//! ledger of contributions with points.

use provost_domain::{
    Timestamp, UserId,
    staff_record::{Contribution, Contributor},
};
use provost_http::{
    Body, HandlerResult, Json, RequestContext, StaffTargetGrant, access::StaffGrant, users,
};
use provost_operations::user::update_contributor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Request to replace a contributor profile as a whole.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PutContributor {
    /// GitHub username.
    github_login: Option<String>,
    /// Title of the contributor, at most 64 characters.
    #[schemars(length(max = 64))]
    title: Option<String>,
    /// Ledger of contributions, at most 200 entries.
    #[schemars(length(max = 200))]
    ledger: Vec<Contribution>,
    /// Reason for the audit log, 3 to 500 characters. Can also be sent as the header `X-Reason`.
    reason: Option<String>,
}

/// The contributor profile of a user.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContributorView {
    /// The contributor.
    user_id: UserId,
    /// GitHub username.
    github_login: Option<String>,
    /// URL of the GitHub profile.
    github_profile_url: Option<String>,
    /// Title of the contributor.
    title: Option<String>,
    /// Total points of the ledger.
    score: u64,
    /// Ledger of contributions, latest day first.
    ledger: Vec<Contribution>,
    /// Time of the last change; null if the profile was never set.
    updated_at: Option<Timestamp>,
}

impl ContributorView {
    fn of(user_id: UserId, profile: Contributor) -> Self {
        Self {
            user_id,
            github_profile_url: profile.github_profile_url(),
            score: profile.score(),
            github_login: profile.github_login,
            title: profile.title,
            ledger: profile.ledger,
            updated_at: profile.updated_at,
        }
    }
}

/// Shows the profile.
///
/// # Errors
/// `INVALID_USER_ID`.
pub async fn get_contributor_profile(
    ctx: RequestContext<StaffGrant>,
) -> HandlerResult<Json<ContributorView>> {
    let person = users::named(&ctx).await?;
    let profile = ctx.app.store().contributor(person.user_id).await?;
    Ok(Json::new(ContributorView::of(person.user_id, profile)).version(person.version))
}

/// Replaces the profile.
///
/// # Errors
/// `VALIDATION_FAILED`, `INVALID_USER_ID`, `CANNOT_MODIFY_SELF`, `STALE_VERSION`.
pub async fn update_contributor_profile(
    ctx: RequestContext<StaffTargetGrant>,
    Body(body): Body<PutContributor>,
) -> HandlerResult<Json<ContributorView>> {
    let reason = ctx.reason(body.reason.as_deref())?;
    let op = ctx.op(reason);
    let profile =
        Contributor::new(body.github_login.as_deref(), body.title.as_deref(), body.ledger, op.now)?;
    let user = &ctx.target;
    ctx.check_version(user.version)?;
    let before = ctx.app.store().contributor(user.user_id).await?;
    let Some(change) = update_contributor(&op, user, &before, profile)? else {
        return Ok(Json::new(ContributorView::of(user.user_id, before)).version(user.version));
    };
    ctx.complete(change, |updated| {
        let view = ContributorView::of(updated.account.user_id, updated.profile);
        Json::new(view).version(updated.account.version)
    })
    .await
}
