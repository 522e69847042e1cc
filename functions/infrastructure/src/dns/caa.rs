//! CAA records: who may issue certificates for a name (RFC 8659).

use hickory_proto::rr::{RData, rdata::CAA};
use provost_domain::Refused;

use crate::dns::content::{quote, quoted, refuse};

/// Reads flags, tag and value: `0 issue "ca.example.org"`. The value may stand without quotes when it holds no space.
///
/// # Errors
/// `VALIDATION_FAILED` on `content`.
pub fn check(text: &str) -> Result<(RData, String), Refused> {
    let wanted = || refuse("invalid", "Give flags, tag and value: 0 issue \"ca.example.org\".");
    if !text.is_ascii() {
        return Err(refuse("invalid_character", "Use printable ASCII characters."));
    }
    let (flags, rest) = text.split_once(' ').ok_or_else(wanted)?;
    let (tag, value) = rest.trim_start().split_once(' ').ok_or_else(wanted)?;
    let critical = match flags {
        "0" => false,
        "128" => true,
        _ => return Err(refuse("invalid", "The flags are 0, or 128 for a tag that issuers must understand.")),
    };
    let value = value.trim_start();
    let value = if value.starts_with('"') {
        let [one] = <[String; 1]>::try_from(quoted(value)?).map_err(|_| wanted())?;
        one
    } else if value.contains([' ', '"', '\\']) {
        return Err(wanted());
    } else {
        value.to_owned()
    };
    if value.len() > 255 {
        return Err(refuse("too_long", "The value has at most 255 bytes."));
    }

    let tag = tag.to_ascii_lowercase();
    // Only its fields can be set one by one: the constructors write values anew.
    let mut data = CAA::new_issue(critical, None, Vec::new());
    data.tag.clone_from(&tag);
    data.value = value.clone().into_bytes();
    match tag.as_str() {
        "issue" | "issuewild" => {
            let (issuer, _) = data.value_as_issue().map_err(|_| refuse("invalid", "Name the issuer's domain, with parameters after semicolons: ca.example.org; account=1. One semicolon alone forbids all."))?;
            if let Some(issuer) = issuer {
                crate::dns::name::host("content", issuer.to_ascii().trim())?;
            }
        }
        "iodef" => {
            let url = data.value_as_iodef().map_err(|_| no_address())?;
            let whole = match url.scheme() {
                "mailto" => url.path().contains('@'),
                "https" | "http" => url.has_host() && url.username().is_empty() && url.password().is_none(),
                _ => false,
            };
            if !whole {
                return Err(no_address());
            }
        }
        _ => return Err(refuse("invalid", "The tag is issue, issuewild or iodef.")),
    }
    let content = format!("{} {tag} {}", if critical { 128 } else { 0 }, quote(&value));
    Ok((RData::CAA(data), content))
}

fn no_address() -> Refused {
    refuse("invalid", "Reports go to an address: mailto:security@example.org, or a page at https.")
}
