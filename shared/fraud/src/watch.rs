//! A sweep as staff watch it, with the people that it names.

use provost_app::App;
use provost_domain::fraud::{Sweep, SweepView};
use provost_store::StoreError;

/// The sweep with names instead of pseudonyms.
///
/// # Errors
/// `Unavailable`, `Unreadable`.
pub async fn view(app: &App, sweep: &Sweep) -> Result<SweepView, StoreError> {
    let people = app.store().subjects(sweep.people()).await?;
    Ok(sweep.view(|pseudonym| people.get(&pseudonym).map(|subject| subject.user_id)))
}
