//! Contents of records, by kind: read strictly, put together as they would travel, and kept in the one form that a zone file gives them.

use std::net::{Ipv4Addr, Ipv6Addr};

use hickory_proto::{
    rr::{
        Name, RData,
        rdata::{A, AAAA, CNAME, MX, NS, SRV, TXT},
    },
    serialize::binary::BinEncodable,
};
use provost_domain::{
    Refused,
    dns::{NULL_MX, RecordType},
};

use crate::dns::{caa, name};

/// The most bytes of a text.
const LONGEST_TEXT: usize = 2048;
/// The most bytes of any content as it is typed; quotes and escapes double a text at most.
const LONGEST: usize = 2 * LONGEST_TEXT + 64;
/// The most bytes of one string of a text (RFC 1035).
const STRING: usize = 255;

/// Reads what a record of a kind says, at this name of this zone.
///
/// # Errors
/// `VALIDATION_FAILED` on `content`; what was sent is never repeated.
pub fn check(kind: RecordType, text: &str, owner: &str, zone: &str) -> Result<String, Refused> {
    if text.len() > LONGEST {
        return Err(refuse("too_long", format!("Use at most {LONGEST_TEXT} bytes.")));
    }
    // Control characters end lines and statements in zone files; other letters belong into names only, where they become ASCII.
    if text.chars().any(char::is_control) {
        return Err(refuse("invalid_character", "Leave out line breaks and control characters."));
    }
    let trimmed = text.trim_matches(' ');
    if trimmed.is_empty() {
        return Err(refuse("empty", "Say what the record leads to."));
    }
    let (data, content) = match kind {
        RecordType::A => ipv4(trimmed)?,
        RecordType::Aaaa => ipv6(trimmed)?,
        RecordType::Cname => {
            let target = name::alias(trimmed, zone)?;
            if target == owner {
                return Err(refuse("loop", "This name would lead to itself; give another."));
            }
            (RData::CNAME(CNAME(wire(&target)?)), format!("{target}."))
        }
        RecordType::Ns => {
            let target = host(trimmed)?;
            if target == owner {
                return Err(refuse("loop", "A name server must be found without asking itself; give another."));
            }
            (RData::NS(NS(wire(&target)?)), format!("{target}."))
        }
        RecordType::Mx => mail(trimmed)?,
        RecordType::Srv => service(trimmed)?,
        RecordType::Txt => strings(text)?,
        RecordType::Caa => caa::check(trimmed)?,
    };
    match data.to_bytes() {
        Ok(bytes) if bytes.len() <= usize::from(u16::MAX) => Ok(content),
        _ => Err(refuse("invalid", "A record of this kind cannot say this.")),
    }
}

/// A refusal of the content.
pub fn refuse(code: &'static str, message: impl Into<String>) -> Refused {
    Refused::field("content", code, message)
}

/// A number as zone files write it: digits only, no sign, no zero before another digit.
pub fn number(text: &str, what: &str) -> Result<u16, Refused> {
    let plain = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|_| plain).ok_or_else(|| refuse("invalid", format!("The {what} is a number from 0 to 65535.")))
}

fn wire(name: &str) -> Result<Name, Refused> {
    let mut name = Name::from_ascii(name).map_err(|_| refuse("invalid", "Give the name of a host."))?;
    name.set_fqdn(true);
    Ok(name)
}

fn host(text: &str) -> Result<String, Refused> {
    name::host("content", text)
}

fn ipv4(text: &str) -> Result<(RData, String), Refused> {
    let address: Ipv4Addr = text.parse().map_err(|_| refuse("invalid", "Give an IPv4 address such as 192.0.2.1."))?;
    if leads_nowhere(address) {
        return Err(no_server());
    }
    Ok((RData::A(A(address)), address.to_string()))
}

fn ipv6(text: &str) -> Result<(RData, String), Refused> {
    let address: Ipv6Addr = text.parse().map_err(|_| refuse("invalid", "Give an IPv6 address such as 2001:db8::1."))?;
    // An IPv4 address in the form of one of these is given as an A record.
    let embeds = address.to_ipv4().is_some();
    let nowhere = address.is_unspecified() || address.is_loopback() || address.is_multicast() || address.is_unicast_link_local();
    if embeds || nowhere || translated(address).is_some_and(leads_nowhere) {
        return Err(no_server());
    }
    Ok((RData::AAAA(AAAA(address)), address.to_string()))
}

/// Whether an address means the asker's own machine, everybody on its link, or nobody. Those of private networks are let through: people name hosts of their own networks in
/// public zones, and a resolver that would keep web pages from them drops such answers itself.
const fn leads_nowhere(address: Ipv4Addr) -> bool {
    address.is_unspecified()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || address.octets()[0] == 0
        || address.octets()[0] >= 240
}

/// The IPv4 address to which a translator or relay takes one: NAT64 (RFC 6052) and 6to4 (RFC 3056).
const fn translated(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let bytes = address.octets();
    match address.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, _, _] => Some(Ipv4Addr::new(bytes[12], bytes[13], bytes[14], bytes[15])),
        [0x2002, ..] => Some(Ipv4Addr::new(bytes[2], bytes[3], bytes[4], bytes[5])),
        _ => None,
    }
}

fn no_server() -> Refused {
    refuse("not_allowed", "This address leads to no host that others can reach; give the address of a server.")
}

fn fields<const N: usize>(text: &str, wanted: &str) -> Result<[String; N], Refused> {
    let parts: Vec<String> = text.split(' ').filter(|part| !part.is_empty()).map(str::to_owned).collect();
    parts.try_into().map_err(|_| refuse("invalid", format!("Give {wanted}, with spaces between them.")))
}

fn mail(text: &str) -> Result<(RData, String), Refused> {
    let [preference, exchange] = fields(text, "a preference and a host")?;
    let preference = number(&preference, "preference")?;
    // One dot with preference 0 says that the name takes no mail (RFC 7505).
    if exchange == "." {
        if preference != 0 {
            return Err(refuse("invalid", "To say that there is no mail, give 0 and a dot."));
        }
        return Ok((RData::MX(MX::new(0, Name::root())), NULL_MX.to_owned()));
    }
    let exchange = host(&exchange)?;
    Ok((RData::MX(MX::new(preference, wire(&exchange)?)), format!("{preference} {exchange}.")))
}

fn service(text: &str) -> Result<(RData, String), Refused> {
    let [priority, weight, port, target] = fields(text, "priority, weight, port and host")?;
    let (priority, weight, port) = (number(&priority, "priority")?, number(&weight, "weight")?, number(&port, "port")?);
    // One dot says that there is no such service (RFC 2782).
    if target == "." {
        return Ok((RData::SRV(SRV::new(priority, weight, port, Name::root())), format!("{priority} {weight} {port} .")));
    }
    if port == 0 {
        return Err(refuse("invalid", "The port is a number from 1 to 65535."));
    }
    let target = host(&target)?;
    Ok((RData::SRV(SRV::new(priority, weight, port, wire(&target)?)), format!("{priority} {weight} {port} {target}.")))
}

fn strings(text: &str) -> Result<(RData, String), Refused> {
    if !text.bytes().all(|b| (0x20..0x7f).contains(&b)) {
        return Err(refuse("invalid_character", "Use printable ASCII characters."));
    }
    let strings = if text.trim_start().starts_with('"') {
        quoted(text.trim_matches(' '))?
    } else {
        let bytes: Vec<char> = text.chars().collect();
        bytes.chunks(STRING).map(|chunk| chunk.iter().collect()).collect()
    };
    if strings.iter().map(String::len).sum::<usize>() > LONGEST_TEXT {
        return Err(refuse("too_long", format!("Use at most {LONGEST_TEXT} bytes.")));
    }
    let content = strings.iter().map(|string| quote(string)).collect::<Vec<_>>().join(" ");
    Ok((RData::TXT(TXT::new(strings)), content))
}

/// A string in quotes, as a zone file writes it.
pub fn quote(string: &str) -> String {
    format!("\"{}\"", string.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Reads strings in quotes with spaces between them; a backslash stands before a quote or a backslash.
pub fn quoted(text: &str) -> Result<Vec<String>, Refused> {
    let wrong =
        || refuse("invalid", "Put each string into quotes, with spaces between them and a backslash before a quote or a backslash within.");
    let (mut strings, mut letters) = (Vec::new(), text.chars().peekable());
    while let Some(opening) = letters.next() {
        if opening != '"' {
            return Err(wrong());
        }
        let mut string = String::new();
        loop {
            match letters.next().ok_or_else(wrong)? {
                '"' => break,
                '\\' => string.push(letters.next().filter(|c| matches!(c, '"' | '\\')).ok_or_else(wrong)?),
                c => string.push(c),
            }
        }
        if string.len() > STRING {
            return Err(refuse("too_long", format!("One string in quotes has at most {STRING} bytes; cut it in two.")));
        }
        strings.push(string);
        let spaces = std::iter::from_fn(|| letters.next_if_eq(&' ')).count();
        if letters.peek().is_some() && spaces == 0 {
            return Err(wrong());
        }
    }
    Ok(strings)
}
