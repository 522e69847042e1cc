//! Recipients of an archive: the age public keys in the request, or a key pair created for the job
//! whose secret key is returned once.

use provost_archive::choose_recipients;
use provost_domain::ApiError;

/// The recipients of a job, and the secret key if a key pair was created for it.
///
/// # Errors
/// `VALIDATION_FAILED` on `recipients`.
pub(crate) fn choose(given: Option<&[String]>) -> Result<(Vec<String>, Option<String>), ApiError> {
    choose_recipients(given)
        .map_err(|wrong| ApiError::field(wrong.field, wrong.code, wrong.message))
}
