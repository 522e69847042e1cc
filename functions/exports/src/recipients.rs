//! To whom an archive is encrypted: the recipients that were given, or an identity made for the job and shown once.

use provost_archive::{ArchiveOptions, Identity, Recipient};
use provost_domain::Refused;

/// The recipients of a job, and the secret key when one was made for it.
///
/// # Errors
/// `VALIDATION_FAILED` on `recipients`.
pub(crate) fn choose(given: Option<&[String]>) -> Result<(Vec<String>, Option<String>), Refused> {
    let Some(given) = given else {
        let identity = Identity::generate();
        return Ok((vec![identity.recipient().to_string()], Some(identity.reveal(str::to_owned))));
    };
    if given.is_empty() {
        return Err(Refused::field(
            "recipients",
            "empty",
            "Give at least one age recipient, or leave the field out to get a new identity.",
        ));
    }
    if given.len() > ArchiveOptions::MAX_RECIPIENTS {
        return Err(Refused::field("recipients", "too_many", format!("Give at most {} recipients.", ArchiveOptions::MAX_RECIPIENTS)));
    }
    let mut recipients: Vec<String> = Vec::new();
    for (position, text) in given.iter().enumerate() {
        let recipient = Recipient::parse(text)
            .map_err(|_| {
                Refused::field(
                    format!("recipients[{position}]"),
                    "invalid",
                    "Give the public key that age-keygen prints; it begins with age1.",
                )
            })?
            .to_string();
        if !recipients.contains(&recipient) {
            recipients.push(recipient);
        }
    }
    Ok((recipients, None))
}
