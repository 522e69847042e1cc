//! The columns of an export.

use provost_domain::ApiError;

use crate::query::errors;

/// Every column of an export, in the order of a file with all of them.
pub const EXPORT_COLUMNS: &[&str] = &[
    "unique_id",
    "id",
    "name",
    "email",
    "email_verified",
    "phone",
    "phone_verified",
    "username",
    "status",
    "status_reason",
    "user_type",
    "is_admin",
    "is_instructor",
    "is_learner",
    "roles",
    "direct_permissions",
    "auth_methods",
    "oauth_providers",
    "has_password",
    "mfa_enabled",
    "created_at",
    "updated_at",
    "last_login_at",
    "last_login_ip",
    "last_active_at",
    "deleted_at",
    "purge_after",
    "country",
    "continent",
    "state",
    "city",
    "address",
    "timezone",
    "locale",
    "gender",
    "date_of_birth",
    "age",
    "designation",
    "expertise",
    "bio",
    "professional_summary",
    "avatar_url",
    "linkedin",
    "twitter",
    "facebook",
    "instagram",
    "youtube",
    "website",
    "profile_score",
    "profile_complete",
    "is_locked",
    "failed_login_attempts",
    "session_count",
    "external_id",
];

/// The columns that stay empty for a caller who may not see them.
pub const PERSONAL_COLUMNS: &[&str] =
    &["email", "phone", "last_login_ip", "address", "date_of_birth", "age"];

/// The columns with these names, in the order in which they are named; all of them if none is.
///
/// # Errors
/// `VALIDATION_FAILED` on `columns` for an unknown name or one that is named twice.
pub fn choose<T: AsRef<str>>(names: &[T]) -> Result<Vec<&'static str>, ApiError> {
    if names.is_empty() {
        return Ok(EXPORT_COLUMNS.to_vec());
    }
    let mut chosen = Vec::new();
    for name in names.iter().map(AsRef::as_ref) {
        let Some(column) = EXPORT_COLUMNS.iter().copied().find(|column| *column == name) else {
            return Err(errors::unknown_value("columns", name, EXPORT_COLUMNS.iter().copied()));
        };
        if chosen.contains(&column) {
            let sentence = format!("The column `{column}` is named twice. Name it once.");
            return Err(ApiError::field("columns", "repeated", sentence));
        }
        chosen.push(column);
    }
    Ok(chosen)
}
