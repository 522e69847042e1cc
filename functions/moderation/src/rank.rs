//! The rule of rank in lists: a list shows of a thing no more than its own page would.

use std::collections::BTreeSet;

use provost_app::App;
use provost_auth::Caller;
use provost_domain::{UserId, rank::check_staff_rank};
use provost_http::HandlerResult;

/// Those of the users whose matters the caller cannot read: the caller, and staff who are not below
/// the caller in rank.
pub(crate) async fn unreadable(
    app: &App,
    caller: &Caller,
    users: impl Iterator<Item = UserId>,
) -> HandlerResult<BTreeSet<UserId>> {
    let people = app.store().users_of(users).await?;
    let refused =
        people.into_iter().filter(|(_, user)| check_staff_rank(caller.acting(), user).is_err());
    Ok(refused.map(|(id, _)| id).collect())
}
