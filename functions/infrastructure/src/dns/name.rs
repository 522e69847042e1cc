//! Names of zones, of records in them, and of the hosts that records point to. Unicode is converted
//! to ASCII (IDNA, UTS #46), and the result contains nothing that a zone file could interpret as
//! anything but a name.

use hickory_proto::rr::Name;
use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use provost_domain::{
    ApiError,
    dns::{MAX_LABELS, MAX_ZONE_NAME, RecordType},
    text,
};

pub use provost_domain::dns::consistency::within;

/// Suffixes that are never delegated to anyone.
const SPECIAL: [&str; 7] = ["arpa", "internal", "invalid", "local", "localhost", "onion", "test"];

/// Characters that a name may contain besides letters, digits and hyphens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Also {
    /// None: the name of a host.
    Nothing,
    /// Labels that begin with an underscore, as in service names (RFC 8552).
    Leading,
    /// Underscores anywhere (RFC 2181, 11).
    Anywhere,
}

/// Validates the name of a zone: two to ten labels, not a reserved name or public suffix, and not
/// the platform's own domain or a name below or above it.
///
/// # Errors
/// `VALIDATION_FAILED` on `name`.
pub fn zone(text: &str, own: &str) -> Result<String, ApiError> {
    let name = absolute("name", text.strip_suffix('.').unwrap_or(text), Also::Nothing)?;
    if !name.contains('.') {
        return Err(ApiError::field(
            "name",
            "invalid",
            "A top-level domain cannot be a zone. Give a full domain such as example.org.",
        ));
    }
    if name.len() > MAX_ZONE_NAME {
        return Err(ApiError::field(
            "name",
            "too_long",
            format!("The name is too long. Use at most {MAX_ZONE_NAME} characters in ASCII."),
        ));
    }
    if name.split('.').count() > MAX_LABELS {
        return Err(ApiError::field(
            "name",
            "too_long",
            "A zone can have at most ten labels. Give a parent domain, and put the rest into the names of its records.",
        ));
    }
    if psl::suffix_str(&name) == Some(name.as_str()) {
        return Err(ApiError::field(
            "name",
            "public_suffix",
            "This is a public suffix, below which anyone can register names. Give a domain below it.",
        ));
    }
    let top = name.rsplit('.').next().unwrap_or_default();
    if SPECIAL.contains(&top) || top.bytes().all(|b| b.is_ascii_digit()) {
        return Err(ApiError::field(
            "name",
            "reserved",
            "Names with this ending are reserved. Give a domain that can be registered.",
        ));
    }
    if within(&name, own) || within(own, &name) {
        return Err(ApiError::field(
            "name",
            "reserved",
            "This name belongs to the platform itself. Give a domain of your own.",
        ));
    }
    Ok(name)
}

/// Validates the fully qualified name of a host.
///
/// # Errors
/// `VALIDATION_FAILED` on `field`.
pub fn host(field: &str, text: &str) -> Result<String, ApiError> {
    let name = absolute(field, text.strip_suffix('.').unwrap_or(text), Also::Nothing)?;
    let top = name.rsplit('.').next().unwrap_or_default();
    if !name.contains('.') || top.bytes().all(|b| b.is_ascii_digit()) {
        return Err(ApiError::field(
            field,
            "invalid",
            "This is not a full host name. Give one such as mail.example.org, not an IP address.",
        ));
    }
    Ok(name)
}

/// Validates the target of a CNAME: a host or service name, or `@` for the zone.
///
/// # Errors
/// `VALIDATION_FAILED` on `content`.
pub fn alias(text: &str, zone: &str) -> Result<String, ApiError> {
    if text == "@" {
        return Ok(zone.to_owned());
    }
    let name = absolute("content", text.strip_suffix('.').unwrap_or(text), Also::Anywhere)?;
    if name.contains('.')
        && !name.rsplit('.').next().is_some_and(|top| top.bytes().all(|b| b.is_ascii_digit()))
    {
        return Ok(name);
    }
    Err(ApiError::field(
        "content",
        "invalid",
        "This is not a full name. Give the target such as www.example.org, not an IP address.",
    ))
}

/// Validates the name of a record: `@`, a name relative to the zone, or a fully qualified name in
/// it.
///
/// # Errors
/// `VALIDATION_FAILED` on `name` if it is invalid, outside of the zone, or not possible for this
/// record type.
pub fn owner(text: &str, zone: &str, kind: RecordType) -> Result<String, ApiError> {
    if kind == RecordType::Cname && matches!(text, "@" | "") {
        return Err(no_alias_at_apex());
    }
    if text == "@" {
        return at_apex(zone, kind);
    }
    let (wildcard, rest) = match text.strip_prefix("*.") {
        Some(rest) => (true, rest),
        None if text == "*" => return wildcard_of(zone.to_owned(), kind),
        None => (false, text),
    };
    let also = match kind {
        RecordType::Txt | RecordType::Srv | RecordType::Cname | RecordType::Ns => Also::Anywhere,
        RecordType::A | RecordType::Aaaa => Also::Leading,
        RecordType::Mx | RecordType::Caa | RecordType::Unknown(_) => Also::Nothing,
    };
    let name = match rest.strip_suffix('.') {
        Some(whole) => absolute("name", whole, also)?,
        None => {
            let relative = absolute("name", rest, also)?;
            if within(&relative, zone) {
                relative
            } else {
                long_enough("name", format!("{relative}.{zone}"))?
            }
        }
    };
    if !within(&name, zone) {
        return Err(ApiError::field(
            "name",
            "outside_zone",
            "The name is outside of this zone. Give one within it, or remove the trailing dot.",
        ));
    }
    if wildcard {
        return wildcard_of(name, kind);
    }
    if name == zone {
        return at_apex(zone, kind);
    }
    if kind == RecordType::Srv {
        check_service(&name, zone)?;
    }
    Ok(name)
}

fn at_apex(zone: &str, kind: RecordType) -> Result<String, ApiError> {
    match kind {
        RecordType::Cname => Err(no_alias_at_apex()),
        RecordType::Srv => Err(not_a_service()),
        _ => Ok(zone.to_owned()),
    }
}

fn wildcard_of(name: String, kind: RecordType) -> Result<String, ApiError> {
    match kind {
        RecordType::Srv => Err(not_a_service()),
        RecordType::Ns => Err(ApiError::field(
            "name",
            "invalid",
            "An NS record cannot have a wildcard name. Remove the asterisk.",
        )),
        _ => long_enough("name", format!("*.{name}")),
    }
}

fn check_service(name: &str, zone: &str) -> Result<(), ApiError> {
    let labels: Vec<_> =
        name.strip_suffix(zone).unwrap_or_default().trim_end_matches('.').split('.').collect();
    if labels.len() >= 2 && labels[..2].iter().all(|label| label.starts_with('_')) {
        Ok(())
    } else {
        Err(not_a_service())
    }
}

fn no_alias_at_apex() -> ApiError {
    ApiError::field(
        "name",
        "apex",
        "The zone's own name cannot be an alias, since it has other records. Use A and AAAA records.",
    )
}

fn not_a_service() -> ApiError {
    ApiError::field(
        "name",
        "invalid",
        "The name of an SRV record must start with _service._protocol, such as _sip._tcp.",
    )
}

fn absolute(field: &str, text: &str, also: Also) -> Result<String, ApiError> {
    // A name of 255 bytes in ASCII is at most this long in any script.
    if text.len() > 1024 {
        return Err(too_long(field));
    }
    // IDNA drops invisible characters. Here they are an error, so that users read the same name
    // that is stored.
    if text.contains('\u{ad}') || text::line(field, text, 1024)? != text {
        return Err(bad(field));
    }
    let labels =
        text.split('.').map(|text| label(field, text, also)).collect::<Result<Vec<_>, _>>()?;
    long_enough(field, labels.join("."))
}

/// Checks the limits of labels and names on the wire.
fn long_enough(field: &str, name: String) -> Result<String, ApiError> {
    let read = Name::from_ascii(&name).map_err(|_| too_long(field))?;
    // The name on the wire must be the checked name.
    if read.to_lowercase().to_ascii().trim_end_matches('.') == name {
        Ok(name)
    } else {
        Err(bad(field))
    }
}

fn label(field: &str, text: &str, also: Also) -> Result<String, ApiError> {
    if text.is_empty() {
        return Err(bad(field));
    }
    let edges = |text: &str| !text.starts_with('-') && !text.ends_with('-') && !text.is_empty();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let underscore = match also {
        Also::Nothing => false,
        Also::Leading => text.starts_with('_'),
        Also::Anywhere => text.contains('_'),
    };
    if underscore {
        let fine = text.bytes().all(|byte| plain(byte) || byte == b'_')
            && edges(text)
            && text.bytes().any(plain);
        return if fine { Ok(text.to_ascii_lowercase()) } else { Err(bad(field)) };
    }
    // Hyphens in the third and fourth position are allowed in an ASCII label: real hosts have them.
    // A label that begins with xn-- is still validated.
    let ascii = Uts46::new().to_ascii(
        text.as_bytes(),
        AsciiDenyList::STD3,
        Hyphens::CheckFirstLast,
        DnsLength::Verify,
    );
    let ascii = ascii.map_err(|_| bad(field))?.into_owned();
    if ascii.bytes().all(plain) && edges(&ascii) { Ok(ascii) } else { Err(bad(field)) }
}

fn bad(field: &str) -> ApiError {
    ApiError::field(
        field,
        "invalid",
        "This name is not valid. Use letters, digits and hyphens, with single dots between the labels. Names of TXT, CNAME, SRV and NS records may contain underscores, and labels of A and AAAA names may start with one.",
    )
}

fn too_long(field: &str) -> ApiError {
    ApiError::field(
        field,
        "too_long",
        "The name is too long. Use at most 253 characters in ASCII, and at most 63 for each label.",
    )
}
