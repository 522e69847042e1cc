use provost_app::App;
use provost_domain::password::PasswordPolicy;
use provost_store::StoreError;

/// The policy for new passwords: that of the settings, or else that of the deployment.
///
/// # Errors
/// The store failed.
pub async fn password_policy(app: &App) -> Result<PasswordPolicy, StoreError> {
    Ok(app.store().settings().await?.passwords().or(app.password_policy()))
}
