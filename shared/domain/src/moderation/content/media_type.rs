//! Media types of files, as users declare them.

use crate::ApiError;

/// The media type of a file without one: browsers leave it empty for endings that they do not know.
pub const DEFAULT_MEDIA_TYPE: &str = "application/octet-stream";

/// Maximum length of a media type in characters.
const MAX_MEDIA_TYPE: usize = 127;

/// Reads a media type: `type/subtype` (RFC 9110, section 8.3.1), with its parameters, if any, such
/// as `;charset=UTF-8`. It stays as it was written, since the upload has to send exactly the same.
///
/// # Errors
/// `VALIDATION_FAILED` on `contentType`.
pub fn media_type(given: Option<&str>) -> Result<String, ApiError> {
    let Some(given) = given.map(str::trim).filter(|given| !given.is_empty()) else {
        return Ok(DEFAULT_MEDIA_TYPE.to_owned());
    };
    let mut parts = given.split(';').map(str::trim);
    let essence = parts.next().and_then(|essence| essence.split_once('/'));
    let is_type = essence.is_some_and(|(main, sub)| is_token(main) && is_token(sub));
    let are_parameters = parts.all(|parameter| {
        parameter.split_once('=').is_some_and(|(name, value)| {
            let value = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
            is_token(name) && is_token(value)
        })
    });
    if is_type && are_parameters && given.len() <= MAX_MEDIA_TYPE {
        return Ok(given.to_owned());
    }
    Err(ApiError::field(
        "contentType",
        "invalid",
        "This is not a media type. Use one such as `image/png`, or leave it out.",
    ))
}

fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_media_type_stays_as_it_was_written() {
        for given in ["image/png", "text/plain;charset=UTF-8", "text/plain; charset=\"utf-8\""] {
            assert_eq!(media_type(Some(given)).as_deref(), Ok(given));
        }
    }

    #[test]
    fn a_file_without_a_media_type_is_any_bytes() {
        for given in [None, Some(""), Some("  ")] {
            assert_eq!(media_type(given).as_deref(), Ok(DEFAULT_MEDIA_TYPE));
        }
    }

    #[test]
    fn what_is_no_media_type_is_refused() {
        let long = format!("text/{}", "a".repeat(123));
        for given in
            ["png", "image/", "/png", "image/png\r\nX-A: b", "text/plain;charset", "té/xt", &long]
        {
            let refused = media_type(Some(given)).expect_err(given);
            assert_eq!(refused.fields[0].code, "invalid", "{given}");
        }
    }
}
