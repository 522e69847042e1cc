//! Requests through a content delivery network: the secret that it sends with every request, so
//! that clients cannot bypass it, and the header in which it names the viewer's address.

use std::net::IpAddr;

use aws_lc_rs::{constant_time::verify_slices_are_equal, digest};

use crate::{ConfigError, Settings};

/// The header that carries the secret.
pub const SECRET_HEADER: &str = "x-origin-secret";
/// Two at once, so that the secret can be rotated without rejecting requests.
const MAX_SECRETS: usize = 2;
/// A SHA-256 digest in bytes.
const DIGEST: usize = 32;

/// The configuration of the network in front of the deployment.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    secrets: Vec<[u8; DIGEST]>,
    address_header: Option<String>,
}

impl Origin {
    pub(crate) fn from_settings(settings: &Settings) -> Result<Self, ConfigError> {
        let given = |name: &str| settings.get(name).map_or("", |value| value.trim());
        let wrong = || ConfigError {
            name: "ORIGIN_DIGESTS",
            problem: "is not one or two SHA-256 digests in hexadecimal, with a comma between them"
                .to_owned(),
        };
        let mut secrets = Vec::new();
        for text in
            given("ORIGIN_DIGESTS").split(',').map(str::trim).filter(|text| !text.is_empty())
        {
            secrets.push(from_hex(text).ok_or_else(wrong)?);
        }
        if secrets.len() > MAX_SECRETS {
            return Err(wrong());
        }
        let header = given("VIEWER_ADDRESS_HEADER").to_ascii_lowercase();
        // Without the secret any client could send the header and choose the address that rate
        // limits count.
        if !header.is_empty() && secrets.is_empty() {
            return Err(ConfigError {
                name: "VIEWER_ADDRESS_HEADER",
                problem: "needs ORIGIN_DIGESTS".to_owned(),
            });
        }
        Ok(Self { secrets, address_header: (!header.is_empty()).then_some(header) })
    }

    /// Whether a request came through the network, judged by the secret that it carries. Without a
    /// configured secret every request passes.
    pub fn admits(&self, secret: Option<&[u8]>) -> bool {
        if self.secrets.is_empty() {
            return true;
        }
        let found = digest::digest(&digest::SHA256, secret.unwrap_or_default());
        // Both are compared, so that the time does not reveal which one matched.
        self.secrets.iter().fold(false, |admitted, known| {
            verify_slices_are_equal(known, found.as_ref()).is_ok() | admitted
        })
    }

    /// The header that names the viewer's address, in lower case.
    pub fn address_header(&self) -> Option<&str> {
        self.address_header.as_deref()
    }
}

/// The address in such a header: alone, or with the viewer's port as in CloudFront-Viewer-Address
/// (`192.0.2.7:443`, `2001:db8::7:443`).
pub fn viewer_address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = |text: &str| text.trim_start_matches('[').trim_end_matches(']').parse().ok();
    // CloudFront writes IPv6 without brackets, so the text after the last colon is the port
    // whenever the rest is an address.
    let with_port = text
        .rsplit_once(':')
        .filter(|(_, port)| port.parse::<u16>().is_ok())
        .and_then(|(address, _)| bare(address));
    with_port.or_else(|| bare(text))
}

fn from_hex(text: &str) -> Option<[u8; DIGEST]> {
    if text.len() != 2 * DIGEST || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; DIGEST];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SHA-256 of `one` and of `two`.
    const ONE: &str = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed";
    const TWO: &str = "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3";

    fn origin(digests: &str, header: &str) -> Result<Origin, ConfigError> {
        let settings = [("ORIGIN_DIGESTS", digests), ("VIEWER_ADDRESS_HEADER", header)];
        Origin::from_settings(
            &settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        )
    }

    #[test]
    fn only_the_two_configured_secrets_are_accepted() {
        let both = origin(&format!("{ONE}, {TWO}"), "").unwrap();
        assert!(both.admits(Some(b"one")) && both.admits(Some(b"two")));
        assert!(!both.admits(Some(b"three")) && !both.admits(Some(b"")) && !both.admits(None));
        let one = origin(ONE, "").unwrap();
        assert!(one.admits(Some(b"one")) && !one.admits(Some(b"two")));
        assert!(origin("", "").unwrap().admits(None));
    }

    #[test]
    fn an_invalid_digest_is_rejected() {
        for digests in ["one", &ONE[1..], &format!("{ONE},{TWO},{ONE}"), &ONE.replace('7', "x")] {
            assert!(origin(digests, "").is_err(), "{digests}");
        }
        assert!(origin("", "x-viewer-address").is_err(), "trusted only with a secret");
    }

    #[test]
    fn an_address_is_parsed_with_and_without_a_port() {
        let read = |text: &str| viewer_address(text).map(|address| address.to_string());
        assert_eq!(read("192.0.2.7:46532").as_deref(), Some("192.0.2.7"));
        assert_eq!(read("192.0.2.7").as_deref(), Some("192.0.2.7"));
        assert_eq!(read("2001:db8::7:46532").as_deref(), Some("2001:db8::7"));
        assert_eq!(read("[2001:db8::7]:46532").as_deref(), Some("2001:db8::7"));
        assert_eq!(read("2001:db8::f00d").as_deref(), Some("2001:db8::f00d"));
        assert_eq!(read("somewhere:80"), None);
    }
}
