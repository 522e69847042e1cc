//! Email addresses.

use std::str::FromStr;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

use super::text_type::{InvalidContact, text_type};
use crate::{
    ApiError,
    text::{self, nfkc},
};

text_type!(
    /// Email address in normal form: lower case, with the domain in ASCII (IDNA, UTS #46).
    Email, ("format" = "email", "maxLength" = 254)
);

impl FromStr for Email {
    type Err = InvalidContact;

    fn from_str(text: &str) -> Result<Self, InvalidContact> {
        const WANTED: InvalidContact =
            InvalidContact("this is not a valid email address. Use one such as ada@example.org");
        if text.len() > 320 {
            return Err(WANTED);
        }
        let (local, domain) = text.trim().rsplit_once('@').ok_or(WANTED)?;
        let local = normal_local(local);
        if local.is_empty()
            || local.len() > 64
            || local.starts_with('.')
            || local.ends_with('.')
            || local.contains("..")
            || is_encoded_word(&local)
            || !is_local(&local)
        {
            return Err(WANTED);
        }
        let domain = ascii_domain(domain).ok_or(WANTED)?;
        let whole = format!("{local}@{domain}");
        if whole.len() > 254 {
            return Err(WANTED);
        }
        Ok(Self(whole))
    }
}

/// The part before the `@` in its normal form: compatible forms become one, in lower case (RFC
/// 6532, 3.1).
fn normal_local(local: &str) -> String {
    nfkc(&nfkc(local).to_lowercase()).into_owned()
}

/// Whether every character is allowed in a local part: those of RFC 5322, and letters, marks and
/// digits of any script with their joiners (RFC 6531).
fn is_local(local: &str) -> bool {
    let letters: Vec<char> = local.chars().collect();
    letters.iter().enumerate().all(|(at, c)| {
        let plain = c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(*c);
        let spelled =
            !c.is_ascii() && (c.is_alphanumeric() || text::is_mark(*c)) && !text::is_hidden(*c);
        plain || spelled || text::joins_letters(&letters, at)
    })
}

/// `=?utf-8?q?…?=` is how an email header encodes non-ASCII text (RFC 2047). An address of this
/// form would be decoded to another address.
fn is_encoded_word(local: &str) -> bool {
    local.find("=?").is_some_and(|at| local[at + 2..].contains("?="))
}

/// The domain in ASCII, by UTS #46 as browsers implement it: hyphens are allowed anywhere, and only
/// `xn--` is decoded. Characters that the mapping would silently remove are rejected.
fn ascii_domain(domain: &str) -> Option<String> {
    let dropped = |c: char| text::is_hidden(c) && !matches!(c, '\u{200c}' | '\u{200d}');
    if domain.chars().any(dropped) {
        return None;
    }
    let ascii = Uts46::new()
        .to_ascii(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::Allow, DnsLength::Verify)
        .ok()?;
    let labels_hold = ascii.split('.').count() >= 2
        && ascii.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
        });
    let is_number =
        ascii.rsplit('.').next().is_some_and(|top| top.bytes().all(|b| b.is_ascii_digit()));
    (labels_hold && !is_number && ascii.len() <= 253).then(|| ascii.into_owned())
}

impl Email {
    /// The part before the `@`.
    pub fn local(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// Whether every email transport can deliver to the address. A local part that is not ASCII
    /// needs a transport with SMTPUTF8 (RFC 6531).
    pub fn is_ascii(&self) -> bool {
        self.0.is_ascii()
    }

    /// Rejects an address that the deployment's email transport cannot deliver to.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` on `field`.
    pub fn check_reachable(&self, field: &str, transport_takes_utf8: bool) -> Result<(), ApiError> {
        if transport_takes_utf8 || self.is_ascii() {
            return Ok(());
        }
        Err(ApiError::field(
            field,
            "unreachable",
            "Email cannot be delivered to this address. Use one with only ASCII characters before the @.",
        ))
    }

    /// The form in which an address index stores the beginning of an address: the normal form of
    /// the local part, and the domain as typed.
    pub fn beginning(typed: &str) -> String {
        normal_local(typed.trim())
    }

    /// The form in which the address may have been stored before the normal form was NFKC; `None`
    /// if it is the same.
    pub fn earlier_form(&self) -> Option<Self> {
        let (local, domain) = self.0.rsplit_once('@')?;
        let decomposed = text::nfd(local);
        (decomposed != local).then(|| Self(format!("{decomposed}@{domain}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_address_has_one_normal_form() {
        let email: Email = " Ada.Lovelace@BÜCHER.example ".parse().unwrap();
        assert_eq!(email.as_str(), "ada.lovelace@xn--bcher-kva.example");
        assert_eq!(email.local(), "ada.lovelace");
    }

    #[test]
    fn spellings_of_the_same_mailbox_parse_to_the_same_address() {
        for (one, other) in [
            ("한글@example.org", "\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}@example.org"),
            ("d\u{f6}rte@example.org", "do\u{308}rte@example.org"),
            ("\u{ff41}dmin@example.org", "admin@example.org"),
            ("ada@EXAMPLE\u{3002}org", "ada@example.org"),
        ] {
            assert_eq!(one.parse::<Email>(), other.parse::<Email>(), "{one}");
            assert!(one.parse::<Email>().is_ok(), "{one}");
        }
    }

    #[test]
    fn letters_of_every_script_are_allowed_before_the_at_sign() {
        for (text, normal) in [
            ("संपर्क@डाटामेल.भारत", "संपर्क@xn--c2bd4bq1db8d.xn--h2brj9c"),
            ("ශ්\u{200d}රී@example.org", "ශ්\u{200d}රී@example.org"),
            ("อีเมล@example.org", "อีเมล@example.org"),
            ("a@ab--cd.example.org", "a@ab--cd.example.org"),
            ("a@fuß.example", "a@xn--fu-hia.example"),
        ] {
            assert_eq!(
                text.parse::<Email>().map(|email| email.to_string()),
                Ok(normal.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn an_address_that_the_transport_cannot_deliver_to_is_rejected() {
        let email: Email = "dörte@example.org".parse().unwrap();
        assert!(email.check_reachable("email", true).is_ok());
        assert_eq!(
            email.check_reachable("email", false).unwrap_err().fields[0].code,
            "unreachable"
        );
        let ascii: Email = "doerte@bücher.example".parse().unwrap();
        assert!(ascii.check_reachable("email", false).is_ok(), "a domain has an ASCII form");
    }

    #[test]
    fn invalid_email_addresses_are_rejected() {
        for text in [
            "",
            "@",
            "ada",
            "ada@",
            "@example.org",
            "a b@example.org",
            "ada@localhost",
            "ada@-x.org",
            "a..b@example.org",
            "ada@exa\u{202e}mple.org",
            "ada@example..org",
            "ada\0@example.org",
            "ada@127.0.0.1",
            "=?utf-8?q?x?=@example.org",
            "x=?utf-8?b?eA==?=@example.org",
            "ada@exa\u{ad}mple.org",
            "ada@exa\u{34f}mple.org",
            "ada@exa\u{fe0f}mple.org",
            "a\u{ad}da@example.org",
            "a\u{200b}da@example.org",
            "a\u{200d}da@example.org",
            "ada＠x@example.org",
            "ada@xn--a.example",
            "ada@example-.org",
        ] {
            assert!(text.parse::<Email>().is_err(), "{text:?}");
        }
        assert!(format!("{}@example.org", "a".repeat(65)).parse::<Email>().is_err());
    }
}
