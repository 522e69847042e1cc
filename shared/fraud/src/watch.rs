//! A scan of all accounts as staff see it, with the ids of its users.

use provost_app::App;
use provost_domain::fraud::{Sweep, SweepView};
use provost_store::StoreError;

/// The scan with user ids instead of pseudonyms.
///
/// # Errors
/// `Unavailable`, `Unreadable`.
pub async fn view(app: &App, sweep: &Sweep) -> Result<SweepView, StoreError> {
    let people = app.store().subjects(sweep.people()).await?;
    Ok(sweep.view(|pseudonym| people.get(&pseudonym).map(|subject| subject.user_id)))
}
