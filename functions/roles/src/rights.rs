//! Roles and permissions of users.

pub mod assign;
pub mod effective;
pub mod remove;
pub mod set;
pub mod unassign;

use provost_domain::User;
use provost_http::{HandlerResult, Json, RequestContext, StaffTargetGrant};
use provost_operations::Change;

use crate::views::RightsChangeView;

/// Saves a change of the caller's target, or only shows it. `None` is a change without effect.
async fn answer(
    ctx: &RequestContext<StaffTargetGrant>,
    change: Option<Change<User>>,
    dry_run: bool,
) -> HandlerResult<Json<RightsChangeView>> {
    let view = |after: User| {
        let view = RightsChangeView::new(&ctx.target, &after, dry_run);
        let version = view.version;
        Json::new(view).version(version)
    };
    match change {
        None => Ok(view(ctx.target.clone())),
        Some(change) if dry_run => Ok(view(change.after)),
        Some(change) => ctx.complete(change, view).await,
    }
}
