//! An account's avatar in its view, and the account to which it belongs.

pub(crate) mod remove;
pub(crate) mod upload;

use provost_app::App;
use provost_domain::{account_edit::Account, profile::Profile};
use provost_http::{AccountGrant, HandlerResult, RequestContext};
use provost_store::StoreError;

use crate::view::UserView;

/// Adds a URL of the avatar, valid for one minute, to the view of an account that has one.
pub async fn show(app: &App, view: &mut UserView, profile: &Profile) -> Result<(), StoreError> {
    if let Some(url) = app.store().avatar_url(profile).await? {
        view.details.avatar_url = Some(url);
    }
    Ok(())
}

/// The account to change, with its profile.
pub async fn account(ctx: &RequestContext<AccountGrant>) -> HandlerResult<Account> {
    let profile = ctx.app.store().profile(ctx.target.user_id).await?;
    ctx.check_version(ctx.target.version)?;
    ctx.target.check_not_scheduled_for_deletion()?;
    Ok(Account { user: ctx.target.clone(), profile })
}
