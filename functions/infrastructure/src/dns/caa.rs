//! CAA records: which authorities may issue certificates for a name (RFC 8659), and where to report
//! violations.

use hickory_proto::rr::rdata::CAA;
use provost_domain::ApiError;

use crate::dns::{
    content_error::refuse,
    strings::{MAX_STRING, quote, read},
};

/// Parses flags, tag and value: `0 issue "ca.example.org"`. A value without spaces needs no quotes.
/// Every tag of letters and digits is accepted (RFC 8659, 4.1); the values of the registered ones
/// are checked.
///
/// # Errors
/// `VALIDATION_FAILED` on `content`.
pub fn check(text: &str) -> Result<String, ApiError> {
    let wanted = || {
        refuse(
            "invalid",
            "This is not a CAA record. Give flags, tag and value, such as 0 issue \"ca.example.org\".",
        )
    };
    if !text.is_ascii() {
        return Err(refuse(
            "invalid_character",
            "The content contains other characters. Use printable ASCII characters.",
        ));
    }
    let (flags, rest) = text.split_once(' ').ok_or_else(wanted)?;
    let (tag, value) = rest.trim_start().split_once(' ').ok_or_else(wanted)?;
    if !matches!(flags, "0" | "128") {
        return Err(refuse(
            "invalid",
            "The flags must be 0, or 128 for a tag that issuers must understand.",
        ));
    }
    let tag = tag.to_ascii_lowercase();
    if tag.is_empty()
        || tag.len() > MAX_STRING
        || !tag.bytes().all(|byte| byte.is_ascii_alphanumeric())
    {
        return Err(refuse(
            "invalid",
            "The tag must consist of letters and digits, such as issue, issuewild, issuemail or iodef.",
        ));
    }
    let value = value.trim_start();
    let value = if value.starts_with('"') {
        let [one] = <[Vec<u8>; 1]>::try_from(read(value)?).map_err(|_| wanted())?;
        one
    } else if value.contains([' ', '"', '\\', '(', ')'])
        || value.starts_with(';') && value.len() > 1
    {
        return Err(wanted());
    } else {
        value.as_bytes().to_vec()
    };
    if value.len() > MAX_STRING {
        return Err(refuse("too_long", "The value is too long. Use at most 255 bytes."));
    }
    check_value(&tag, &value)?;
    Ok(format!("{flags} {tag} {}", quote(&value)))
}

fn check_value(tag: &str, value: &[u8]) -> Result<(), ApiError> {
    let mut data = CAA::new_issue(false, None, Vec::new());
    data.value = value.to_vec();
    match tag {
        // RFC 8659, RFC 9495 and the mark certificates of RFC 9495's registry use the same form.
        "issue" | "issuewild" | "issuemail" | "issuevmc" => {
            let wrong = || {
                let message = "Give the issuer's domain, with parameters after semicolons, such as ca.example.org; account=1. A single semicolon forbids all issuers.";
                refuse("invalid", message)
            };
            let (issuer, _) = data.value_as_issue().map_err(|_| wrong())?;
            if let Some(issuer) = issuer {
                crate::dns::name::host("content", issuer.to_ascii().trim())?;
            }
            Ok(())
        }
        "iodef" => {
            data.tag = "iodef".to_owned();
            let whole = data.value_as_iodef().is_ok_and(|url| match url.scheme() {
                "mailto" => url.path().contains('@'),
                "https" | "http" => {
                    url.has_host() && url.username().is_empty() && url.password().is_none()
                }
                _ => false,
            });
            if whole {
                Ok(())
            } else {
                Err(refuse(
                    "invalid",
                    "Give a URL for reports, such as mailto:security@example.org or an https URL.",
                ))
            }
        }
        "contactemail" => {
            let text = std::str::from_utf8(value).unwrap_or_default();
            let whole = text.split_once('@').is_some_and(|(local, domain)| {
                !local.is_empty() && domain.contains('.') && !text.contains(' ')
            });
            if whole {
                Ok(())
            } else {
                Err(refuse(
                    "invalid",
                    "This is not an email address. Give one such as security@example.org.",
                ))
            }
        }
        "contactphone" => {
            let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
            let plain = value.iter().all(|byte| byte.is_ascii_digit() || b"+-.() ".contains(byte));
            if plain && digits >= 3 {
                Ok(())
            } else {
                Err(refuse(
                    "invalid",
                    "This is not a phone number. Give one with its country code, such as +15555550100.",
                ))
            }
        }
        _ => Ok(()),
    }
}
