use provost_app::App;
use provost_domain::User;
use provost_store::StoreError;

/// Withholds the staff permissions of an account without a second factor while the settings require
/// one of staff, and returns them when they no longer do. The settings are read only for staff
/// without a second factor.
///
/// # Errors
/// The store failed.
pub async fn apply_second_factor_rule(app: &App, account: User) -> Result<User, StoreError> {
    let mut account = account;
    let asks = account.is_staff() && !account.two_factor_enabled;
    let required = asks && app.store().settings().await?.staff_second_factor;
    account.note_second_factor_rule(required);
    Ok(account)
}
