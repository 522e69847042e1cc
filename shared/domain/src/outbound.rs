//! Addresses to which the platform sends requests because staff entered them: public hosts over TLS
//! only, so that nobody reaches what is behind the platform's network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use crate::ApiError;

/// An address that is not allowed. The reason is not part of the error, so that it tells nothing
/// about the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this address is not allowed. Use an https address of a public host, on port 443")]
pub struct NotAllowed;

impl NotAllowed {
    /// The error for a field of a request.
    pub fn at(self, field: &str) -> ApiError {
        ApiError::field(
            field,
            "not_allowed",
            "This address is not allowed. Use an https address of a public host, on port 443.",
        )
    }
}

/// Parses the URL of a public host: https, port 443, no user name or password. Browsers read
/// addresses such as `0x7f.1` as numbers, and so does this.
///
/// # Errors
/// [`NotAllowed`].
pub fn parse(text: &str) -> Result<Url, NotAllowed> {
    // The parser removes these, so that the text would differ from what was checked.
    if text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') {
        return Err(NotAllowed);
    }
    let url = Url::parse(text).map_err(|_| NotAllowed)?;
    let plain = url.username().is_empty() && url.password().is_none();
    let is_https = url.scheme() == "https" && url.port_or_known_default() == Some(443);
    let is_public = match url.host() {
        Some(Host::Ipv4(address)) => is_public(address.into()),
        Some(Host::Ipv6(address)) => is_public(address.into()),
        Some(Host::Domain(name)) => is_public_name(name),
        None => false,
    };
    if plain && is_https && is_public { Ok(url) } else { Err(NotAllowed) }
}

/// Whether a host of a request may be connected to, as far as its text says: a public address, or a
/// name whose addresses are checked when it is resolved.
pub fn is_public_host(host: &str) -> bool {
    let literal = host.trim_start_matches('[').trim_end_matches(']');
    match literal.parse::<IpAddr>() {
        Ok(address) => is_public(address),
        // Also the forms of numbers that resolvers read as addresses.
        Err(_) => match Host::parse(host) {
            Ok(Host::Domain(name)) => is_public_name(&name),
            Ok(Host::Ipv4(address)) => is_public(address.into()),
            Ok(Host::Ipv6(address)) => is_public(address.into()),
            Err(_) => false,
        },
    }
}

/// Whether a name may belong to a public host. A name with a trailing dot is in no certificate.
fn is_public_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let labels: Vec<&str> = name.split('.').collect();
    let reserved = [
        "localhost",
        "local",
        "internal",
        "localdomain",
        "lan",
        "home",
        "corp",
        "arpa",
        "onion",
        "test",
        "invalid",
    ];
    labels.len() > 1
        && labels.iter().all(|label| !label.is_empty())
        && labels.last().is_some_and(|last| !reserved.contains(last))
}

/// Whether an address is one of the public internet.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => is_public_v4(mapped),
            None => is_public_v6(address),
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = matches!(
        (a, b, c),
        (0 | 10 | 127, _, _)            // this network, private, loopback
            | (100, 64..=127, _)        // shared by carriers (RFC 6598)
            | (169, 254, _)             // link-local, metadata
            | (172, 16..=31, _)         // private
            | (192, 0, 0 | 2)           // protocol assignments, documentation
            | (192, 88, 99)             // relays of 6to4
            | (192, 168, _)             // private
            | (198, 18 | 19, _)         // benchmarks
            | (198, 51, 100)            // documentation
            | (203, 0, 113)             // documentation
            | (224.., _, _) // multicast, reserved, broadcast
    );
    !special
}

/// Only global unicast, without the ranges that carry IPv4 addresses or are for documentation.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    let is_global = (0x2000..=0x3fff).contains(&a);
    let special = match a {
        0x2001 => b < 0x0200 || b == 0x0db8, // protocol assignments with Teredo, documentation
        0x2002 => true,                      // 6to4
        0x3fff => b < 0x1000,                // documentation
        _ => false,
    };
    is_global && !special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_hosts_over_tls_are_allowed() {
        for allowed in [
            "https://s3.eu-central-1.amazonaws.com",
            "https://objects.example.net/",
            "https://objects.example.net:443/a/b?c=d",
            "https://bücher.example.net",
            "https://93.184.215.14",
            "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/",
            "https://[::ffff:93.184.215.14]/",
            "HTTPS://OBJECTS.EXAMPLE.NET",
            "https://a.b.c.d.example.net",
        ] {
            assert!(parse(allowed).is_ok(), "{allowed}");
        }
        let refused = [
            // other schemes, ports and forms
            "http://objects.example.net",
            "ftp://objects.example.net",
            "file:///etc/passwd",
            "gopher://objects.example.net:70/_x",
            "data:text/plain,x",
            "javascript:alert(1)",
            "//objects.example.net",
            "objects.example.net",
            "https://",
            "https:///x",
            "https://objects.example.net:80",
            "https://objects.example.net:8443",
            "https://objects.example.net:0",
            "https://user@objects.example.net",
            "https://user:password@objects.example.net",
            "https://:password@objects.example.net",
            "https://objects.example.net@127.0.0.1/",
            "https://127.0.0.1#@objects.example.net/",
            "https://127.0.0.1?@objects.example.net/",
            "https://objects.example.net\\@127.0.0.1/",
            "https://127.0.0.1\\.objects.example.net",
            " https://objects.example.net",
            "https://objects.example.net\t",
            "https://obj\nects.example.net",
            "https://objects.exam\u{0}ple.net",
            "https://objects.example.net /x",
            // loopback in all spellings
            "https://127.0.0.1",
            "https://127.0.0.1:443",
            "https://127.1",
            "https://127.0.1",
            "https://127.255.255.254",
            "https://2130706433",
            "https://0x7f000001",
            "https://0x7f.0.0.1",
            "https://0x7f.1",
            "https://0177.0.0.1",
            "https://0177.1",
            "https://017700000001",
            "https://127.0.0.1.",
            "https://%31%32%37.0.0.1",
            "https://127。0。0。1",
            "https://１２７.0.0.1",
            "https://①②⑦.0.0.1",
            "https://0",
            "https://0.0.0.0",
            "https://0x0",
            "https://[::1]",
            "https://[::]",
            "https://[0:0:0:0:0:0:0:1]",
            "https://[::ffff:127.0.0.1]",
            "https://[::ffff:7f00:1]",
            "https://[::127.0.0.1]",
            "https://localhost",
            "https://localhost.",
            "https://LOCALHOST",
            "https://ⓛocalhost",
            "https://a.localhost",
            "https://localhost.localdomain",
            "https://router",
            "https://printer.local",
            "https://printer.lan",
            "https://db.internal",
            "https://db.corp",
            "https://1.0.0.127.in-addr.arpa",
            "https://example.test",
            "https://example.invalid",
            // metadata and link-local
            "https://169.254.169.254/latest/meta-data/",
            "https://169.254.169.254.",
            "https://2852039166",
            "https://0xa9fea9fe",
            "https://0xa9.0xfe.0xa9.0xfe",
            "https://0251.0376.0251.0376",
            "https://169.254.43518",
            "https://[::ffff:169.254.169.254]",
            "https://[::ffff:a9fe:a9fe]",
            "https://[fd00:ec2::254]",
            "https://[fe80::1]",
            "https://[fe80::1%25eth0]",
            "https://metadata.google.internal",
            "https://169.254.170.2",
            // private, shared and reserved networks
            "https://10.0.0.1",
            "https://10.1",
            "https://012.0.0.1",
            "https://172.16.0.1",
            "https://172.31.255.255",
            "https://192.168.0.1",
            "https://192.168.257",
            "https://3232235521",
            "https://100.64.0.1",
            "https://100.127.255.254",
            "https://192.0.0.8",
            "https://192.0.2.1",
            "https://192.88.99.1",
            "https://198.18.0.1",
            "https://198.19.255.255",
            "https://198.51.100.1",
            "https://203.0.113.1",
            "https://224.0.0.1",
            "https://240.0.0.1",
            "https://255.255.255.255",
            "https://4294967295",
            "https://4294967296",
            "https://1.2.3.256",
            "https://[fc00::1]",
            "https://[fd12:3456:789a::1]",
            "https://[ff02::1]",
            "https://[64:ff9b::7f00:1]",
            "https://[64:ff9b::a9fe:a9fe]",
            "https://[64:ff9b:1::1]",
            "https://[2001::1]",
            "https://[2001:db8::1]",
            "https://[2002:7f00:1::]",
            "https://[2002:a9fe:a9fe::]",
            "https://[3fff::1]",
            "https://[100::1]",
            "https://[::1",
            "https://objects..example.net",
            "https://.example.net",
            "https://objects.example.net.",
        ];
        assert!(refused.len() >= 80);
        for text in refused {
            assert_eq!(parse(text), Err(NotAllowed), "{text}");
        }
    }

    #[test]
    fn the_host_of_a_request_is_checked_whatever_its_spelling() {
        for host in ["objects.example.net", "93.184.215.14", "[2606:2800:21f::1]"] {
            assert!(is_public_host(host), "{host}");
        }
        for host in [
            "127.0.0.1",
            "2130706433",
            "0x7f.1",
            "0177.1",
            "[::1]",
            "::1",
            "localhost",
            "[::ffff:10.0.0.1]",
            "10.0.0.1.",
            "",
        ] {
            assert!(!is_public_host(host), "{host}");
        }
    }
}
