//! The legal hold of an account, as staff see it.

use provost_api::{DeletionView, HoldView};
use provost_app::App;
use provost_domain::UserId;
use provost_http::HandlerResult;
use provost_operations::deletion::HeldAccount;
use serde::Serialize;

use crate::changes::view;

/// The legal hold on an account.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccountHoldView {
    /// The user on hold.
    user_id: UserId,
    /// Legal hold; null when there is none.
    hold: Option<HoldView>,
    /// Pending deletion request of the account; null when there is none.
    deletion: Option<DeletionView>,
}

impl AccountHoldView {
    /// The hold of an account, with the ids of the staff members that it names.
    pub(crate) async fn of(app: &App, held: &HeldAccount) -> HandlerResult<Self> {
        let hold = match &held.account.hold {
            Some(hold) => {
                Some(HoldView::for_staff(hold, app.store().user_or_pseudonym(hold.by).await?))
            }
            None => None,
        };
        let deletion = match &held.request {
            Some(request) => Some(view(app, request).await?),
            None => None,
        };
        Ok(Self { user_id: held.account.user_id, hold, deletion })
    }
}
