//! Contents of records, by type: validated strictly, and stored in the form of a zone file.

use std::net::{Ipv4Addr, Ipv6Addr};

use provost_domain::{
    ApiError,
    dns::{NULL_MX, RecordType},
};

use crate::dns::{
    caa,
    content_error::refuse,
    name,
    strings::{MAX_STRING, quote, read},
};

/// Maximum size of a text in bytes. With the lengths of its strings it fits into a record (65,535
/// bytes), and with a question and an answer into a message.
pub const MAX_TEXT: usize = 65_000;
/// Maximum size of a text as entered, in bytes: each byte may be written with four.
const MAX_TYPED_TEXT: usize = 4 * MAX_TEXT + 4096;
/// Maximum size of any other content, in bytes.
const MAX_TYPED: usize = 4096;

/// Validates the content of a record, at this name of this zone.
///
/// # Errors
/// `VALIDATION_FAILED` on `content`. The input is never repeated in the error.
pub fn check(kind: RecordType, text: &str, owner: &str, zone: &str) -> Result<String, ApiError> {
    if kind == RecordType::Txt {
        return strings(text, owner);
    }
    if text.len() > MAX_TYPED {
        return Err(refuse(
            "too_long",
            format!("The content is too long. Use at most {MAX_TYPED} bytes."),
        ));
    }
    // Control characters end lines and statements in zone files. Non-ASCII letters are allowed in
    // names only, where they become ASCII.
    if text.chars().any(char::is_control) {
        return Err(refuse(
            "invalid_character",
            "The content contains control characters. Remove them, and any line breaks.",
        ));
    }
    let trimmed = text.trim_matches(' ');
    if trimmed.is_empty() {
        return Err(refuse("empty", "The content is empty. Give the content of the record."));
    }
    match kind {
        RecordType::A => ipv4(trimmed),
        RecordType::Aaaa => ipv6(trimmed),
        RecordType::Cname => {
            let target = name::alias(trimmed, zone)?;
            if target == owner {
                return Err(refuse(
                    "loop",
                    "This CNAME points to its own name. Give another name.",
                ));
            }
            Ok(format!("{target}."))
        }
        RecordType::Ns => {
            let target = host(trimmed)?;
            if target == owner {
                return Err(refuse(
                    "loop",
                    "A name server cannot have the name that it serves. Give another host.",
                ));
            }
            Ok(format!("{target}."))
        }
        RecordType::Mx => mail(trimmed),
        RecordType::Srv => service(trimmed),
        RecordType::Caa => caa::check(trimmed),
        RecordType::Txt => strings(text, owner),
        RecordType::Unknown(_) => Err(refuse(
            "invalid",
            "This version does not know the type of this record. Try again later.",
        )),
    }
}

/// A number in zone-file form: digits only, without sign or leading zeros.
pub fn number(text: &str, what: &str) -> Result<u16, ApiError> {
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse()
        .ok()
        .filter(|_| plain)
        .ok_or_else(|| refuse("invalid", format!("The {what} must be a number from 0 to 65535.")))
}

fn host(text: &str) -> Result<String, ApiError> {
    name::host("content", text)
}

fn ipv4(text: &str) -> Result<String, ApiError> {
    let address: Ipv4Addr = text.parse().map_err(|_| {
        refuse("invalid", "This is not an IPv4 address. Give one such as 192.0.2.1.")
    })?;
    if is_unreachable(address) {
        return Err(unreachable_address());
    }
    Ok(address.to_string())
}

fn ipv6(text: &str) -> Result<String, ApiError> {
    let address: Ipv6Addr = text.parse().map_err(|_| {
        refuse("invalid", "This is not an IPv6 address. Give one such as 2001:db8::1.")
    })?;
    // An IPv4 address in an IPv6 form belongs in an A record.
    let mapped = address.to_ipv4().is_some();
    let unreachable = address.is_unspecified()
        || address.is_loopback()
        || address.is_multicast()
        || address.is_unicast_link_local();
    if mapped
        || unreachable
        || embedded(address).into_iter().any(|inner| is_unreachable(inner) || is_local(inner))
    {
        return Err(unreachable_address());
    }
    Ok(address.to_string())
}

/// Whether an address means the client's own machine, every host on its link, or no host. Addresses
/// of private networks are accepted in A records: public zones often name hosts of private
/// networks, and resolvers that protect web pages from such answers drop them.
const fn is_unreachable(address: Ipv4Addr) -> bool {
    address.is_unspecified()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || address.octets()[0] == 0
        || address.octets()[0] >= 240
}

/// Whether an address belongs to a private network (RFC 1918, RFC 6598). Within an IPv6 address it
/// means a host behind another network's translator (RFC 6052, 3.1).
const fn is_local(address: Ipv4Addr) -> bool {
    address.is_private() || (address.octets()[0] == 100 && address.octets()[1] & 0xc0 == 64)
}

/// The IPv4 addresses to which translators, relays and tunnels map an IPv6 address.
fn embedded(address: Ipv6Addr) -> Vec<Ipv4Addr> {
    let b = address.octets();
    let v4 = |a: u8, b: u8, c: u8, d: u8| Ipv4Addr::new(a, b, c, d);
    let last = v4(b[12], b[13], b[14], b[15]);
    match address.segments() {
        // NAT64 (RFC 6052), and addresses of the older stateless translator (RFC 2765).
        [0x64, 0xff9b, 0, 0, 0, 0, _, _] | [0, 0, 0, 0, 0xffff, 0, _, _] => vec![last],
        // NAT64 with a local prefix (RFC 8215): of 96 bits or, if the end is empty, of 64, 56 or
        // 48, around the bits 64 to 71.
        [0x64, 0xff9b, 1, ..] if b[12..] != [0; 4] => vec![last],
        [0x64, 0xff9b, 1, ..] => vec![
            v4(b[9], b[10], b[11], b[12]),
            v4(b[7], b[9], b[10], b[11]),
            v4(b[6], b[7], b[9], b[10]),
        ],
        // 6to4 (RFC 3056).
        [0x2002, ..] => vec![v4(b[2], b[3], b[4], b[5])],
        // Teredo (RFC 4380): the server, and the client with inverted bits.
        [0x2001, 0, ..] => vec![v4(b[4], b[5], b[6], b[7]), v4(!b[12], !b[13], !b[14], !b[15])],
        // ISATAP (RFC 5214), with any prefix.
        [_, _, _, _, 0 | 0x200, 0x5efe, _, _] => vec![last],
        _ => Vec::new(),
    }
}

fn unreachable_address() -> ApiError {
    refuse(
        "not_allowed",
        "This address is not publicly reachable. Give the public address of a server.",
    )
}

fn fields<const N: usize>(text: &str, wanted: &str) -> Result<[String; N], ApiError> {
    let parts: Vec<String> =
        text.split(' ').filter(|part| !part.is_empty()).map(str::to_owned).collect();
    parts.try_into().map_err(|_| {
        refuse("invalid", format!("The content must be {wanted}, separated by spaces."))
    })
}

fn mail(text: &str) -> Result<String, ApiError> {
    let [preference, exchange] = fields(text, "preference and host")?;
    let preference = number(&preference, "preference")?;
    // A single dot with preference 0 means that the name accepts no mail (RFC 7505).
    if exchange == "." {
        if preference != 0 {
            return Err(refuse(
                "invalid",
                "A record for a domain without mail must have preference 0. Give 0 and a dot.",
            ));
        }
        return Ok(NULL_MX.to_owned());
    }
    let exchange = host(&exchange)?;
    Ok(format!("{preference} {exchange}."))
}

fn service(text: &str) -> Result<String, ApiError> {
    let [priority, weight, port, target] = fields(text, "priority, weight, port and host")?;
    let (priority, weight, port) =
        (number(&priority, "priority")?, number(&weight, "weight")?, number(&port, "port")?);
    // A single dot means that the service does not exist (RFC 2782).
    if target == "." {
        return Ok(format!("{priority} {weight} {port} ."));
    }
    if port == 0 {
        return Err(refuse("invalid", "The port must be a number from 1 to 65535."));
    }
    let target = host(&target)?;
    Ok(format!("{priority} {weight} {port} {target}."))
}

fn strings(text: &str, owner: &str) -> Result<String, ApiError> {
    if text.len() > MAX_TYPED_TEXT {
        return Err(too_long());
    }
    if text.trim().is_empty() {
        return Err(refuse("empty", "The content is empty. Give the content of the record."));
    }
    let strings = read(text)?;
    if strings.iter().map(Vec::len).sum::<usize>() > MAX_TEXT || strings.len() > MAX_TEXT / 256 {
        return Err(too_long());
    }
    // Readers of a text join its strings (RFC 7208, 3.3), except for service discovery, where each
    // string is a key-value pair (RFC 6763, 6).
    let pairs = owner.split('.').any(|label| matches!(label, "_tcp" | "_udp"));
    let cut: Vec<Vec<u8>> = if pairs && strings.len() > 1 {
        strings
    } else {
        let text = strings.concat();
        if text.is_empty() {
            vec![text]
        } else {
            text.chunks(MAX_STRING).map(<[u8]>::to_vec).collect()
        }
    };
    if cut.iter().any(|string| string.len() > MAX_STRING) {
        return Err(refuse(
            "too_long",
            format!(
                "A string is too long. Below a service, each string is a key=value pair of at most {MAX_STRING} bytes."
            ),
        ));
    }
    Ok(cut.iter().map(|string| quote(string)).collect::<Vec<_>>().join(" "))
}

fn too_long() -> ApiError {
    refuse("too_long", format!("The text is too long. Use at most {MAX_TEXT} bytes."))
}
