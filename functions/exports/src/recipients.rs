//! Recipients of an archive: the age public keys in the request, or a key pair created for the job
//! whose secret key is returned once.

use provost_archive::{ArchiveOptions, Identity, Recipient};
use provost_domain::ApiError;

/// The recipients of a job, and the secret key if a key pair was created for it.
///
/// # Errors
/// `VALIDATION_FAILED` on `recipients`.
pub(crate) fn choose(given: Option<&[String]>) -> Result<(Vec<String>, Option<String>), ApiError> {
    let Some(given) = given else {
        let identity = Identity::generate();
        return Ok((vec![identity.recipient().to_string()], Some(identity.reveal(str::to_owned))));
    };
    if given.is_empty() {
        return Err(ApiError::field(
            "recipients",
            "empty",
            "The list of recipients is empty. Send at least one age public key, or omit the field to get a new key pair.",
        ));
    }
    if given.len() > ArchiveOptions::MAX_RECIPIENTS {
        return Err(ApiError::field(
            "recipients",
            "too_many",
            format!(
                "There are too many recipients. Send at most {} recipients.",
                ArchiveOptions::MAX_RECIPIENTS
            ),
        ));
    }
    let mut recipients: Vec<String> = Vec::new();
    for (position, text) in given.iter().enumerate() {
        let recipient = Recipient::parse(text)
            .map_err(|_| {
                ApiError::field(
                    format!("recipients[{position}]"),
                    "invalid",
                    "This is not an age public key. Enter the public key that age-keygen prints, which begins with age1.",
                )
            })?
            .to_string();
        if !recipients.contains(&recipient) {
            recipients.push(recipient);
        }
    }
    Ok((recipients, None))
}
