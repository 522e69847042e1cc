//! Contact data and names: email addresses, phone numbers, usernames, countries.

use std::{fmt, str::FromStr};

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ApiError,
    text::{self, nfkc},
};

/// Why a contact was rejected: a sentence that says what to enter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidContact(&'static str);

macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident, $schema:tt) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema)]
        #[schemars(with = "String", extend $schema)]
        pub struct $name(String);

        impl $name {
            /// The normal form.
            pub fn as_str(&self) -> &str { &self.0 }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
        impl fmt::Debug for $name {
            // Personal data: a log line that prints it by mistake shows nothing.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(concat!(stringify!($name), "(…)")) }
        }
        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> { serializer.serialize_str(&self.0) }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
        impl Stored for $name {
            fn stored(text: String) -> Self { Self(text) }
        }
    };
}

/// A contact as it was stored. It was valid under the rules of its time, and the key of its
/// uniqueness item is exactly this text. Stricter rules since then must not make the user
/// unreadable.
pub trait Stored {
    /// Takes the text unchanged.
    fn stored(text: String) -> Self;
}

/// Reads a stored contact, for `#[serde(deserialize_with)]`.
///
/// # Errors
/// When the value is not a string.
pub fn stored<'de, D: serde::Deserializer<'de>, T: Stored>(deserializer: D) -> Result<T, D::Error> {
    String::deserialize(deserializer).map(T::stored)
}

/// The same for an optional contact.
///
/// # Errors
/// When the value is not a string.
pub fn stored_option<'de, D: serde::Deserializer<'de>, T: Stored>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(T::stored))
}

text_type!(
    /// Email address in normal form: lower case, with the domain in ASCII (IDNA, UTS #46).
    Email, ("format" = "email", "maxLength" = 254)
);
text_type!(
    /// Username for sign-in and search: 3 to 64 lower-case letters, digits, `.`, `_` and `-`.
    Username, ("pattern" = "^[a-z0-9._-]{3,64}$")
);
text_type!(
    /// Phone number in international format (E.164): a plus sign, the country code and the number,
    /// at most 15 digits.
    Phone, ("pattern" = r"^\s*\+[^a-zA-Z]{7,120}$")
);
text_type!(
    /// Country code (ISO 3166-1 alpha-2).
    Country, ("pattern" = "^[A-Z]{2}$")
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

impl FromStr for Username {
    type Err = InvalidContact;

    fn from_str(text: &str) -> Result<Self, InvalidContact> {
        let good = (3..=64).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b));
        if good {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidContact(
                "this is not a valid username. Use 3 to 64 lower-case letters, digits, dots, dashes or underscores",
            ))
        }
    }
}

impl Phone {
    /// The number without its last two digits: a block of a hundred numbers, which are often
    /// assigned together.
    pub fn block(&self) -> &str {
        &self.0[..self.0.len().saturating_sub(2)]
    }
}

impl FromStr for Phone {
    type Err = InvalidContact;

    /// White space, dots, dashes, slashes and brackets are common notation (ITU-T E.123), and
    /// format characters come with copied text; all are removed. Country assignments are not
    /// checked: numbering plans change every month, and an outdated plan would lock users out.
    fn from_str(text: &str) -> Result<Self, InvalidContact> {
        const WANTED: InvalidContact = InvalidContact(
            "this is not a valid phone number. Include the country code, such as +44 20 7946 0000",
        );
        if text.len() > MAX_PHONE {
            return Err(WANTED);
        }
        let left_out = |c: &char| {
            !(c.is_whitespace()
                || ".()[]/".contains(*c)
                || text::is_dash(*c)
                || text::is_format(*c))
        };
        let dialled: String = nfkc(text).chars().filter(left_out).collect();
        let digits = without_trunk_zero(dialled.strip_prefix('+').ok_or(WANTED)?);
        let good = (7..=15).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0');
        if good { Ok(Self(format!("+{digits}"))) } else { Err(WANTED) }
    }
}

/// Maximum length of a text that is parsed as a phone number, in bytes.
const MAX_PHONE: usize = 128;

/// The number without the zero that is dialled only within a country; keeping it would give one
/// line two numbers. In Italy and San Marino, Côte d'Ivoire, Burkina Faso, Benin, Gabon, the Congo
/// and Tajikistan the zero is part of the number. Codes without a country, such as +800, have no
/// trunk zero.
fn without_trunk_zero(digits: &str) -> String {
    let code = match digits.as_bytes() {
        [b'1' | b'7', ..] => 1,
        [b'2', b'0' | b'7', ..]
        | [b'3', b'0'..=b'4' | b'6' | b'9', ..]
        | [b'4', b'0' | b'1' | b'3'..=b'9', ..]
        | [b'5', b'1'..=b'8', ..]
        | [b'6', b'0'..=b'6', ..]
        | [b'8', b'1' | b'2' | b'4' | b'6', ..]
        | [b'9', b'0'..=b'5' | b'8', ..] => 2,
        _ => 3,
    };
    match digits.split_at_checked(code) {
        Some((code, rest))
            if !matches!(code, "39" | "378" | "225" | "226" | "229" | "241" | "242" | "992")
                && !is_of_no_country(code) =>
        {
            match rest.strip_prefix(trunk_prefix(code, rest)) {
                // Two leading zeros are not valid; the number is rejected rather than guessed.
                Some(rest) if rest.starts_with('0') => String::new(),
                rest_or_none => format!("{code}{}", rest_or_none.unwrap_or(rest)),
            }
        }
        _ => digits.to_owned(),
    }
}

/// The trunk prefix of a country. Where it is 8, numbers may begin with 8 too, so their length
/// decides.
fn trunk_prefix(code: &str, rest: &str) -> &'static str {
    match (code, rest.len()) {
        ("36", _) => "06",
        ("7", 11) | ("370", 9) | ("993", 9) | ("998", 10) => "8",
        ("375", 11) => "80",
        _ => "0",
    }
}

/// Whether a code belongs to a service or network instead of a country (ITU-T E.164, list of
/// country codes).
fn is_of_no_country(code: &str) -> bool {
    matches!(code, "800" | "808" | "870" | "878" | "881" | "882" | "883" | "888" | "979")
}

/// ISO 3166-1 alpha-2, officially assigned codes.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

impl FromStr for Country {
    type Err = InvalidContact;

    fn from_str(text: &str) -> Result<Self, InvalidContact> {
        let upper = text.to_ascii_uppercase();
        if upper.len() == 2 && COUNTRIES.split(' ').any(|code| code == upper) {
            Ok(Self(upper))
        } else {
            Err(InvalidContact(
                "this is not a valid country. Use a two-letter ISO 3166-1 code, such as NO",
            ))
        }
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
    fn a_stored_contact_is_read_back_unchanged() {
        #[derive(Deserialize)]
        struct Item {
            #[serde(deserialize_with = "stored")]
            email: Email,
            #[serde(default, deserialize_with = "stored_option")]
            phone: Option<Phone>,
        }
        let item: Item = serde_json::from_str(
            "{\"email\": \"do\u{308}rte@example.org\", \"phone\": \"+4402079460123\"}",
        )
        .unwrap();
        assert_eq!(item.email.as_str(), "do\u{308}rte@example.org");
        assert_eq!(item.phone.unwrap().as_str(), "+4402079460123");
        let typed: Email = "dörte@example.org".parse().unwrap();
        assert_eq!(typed.earlier_form(), Some(item.email), "found by the typed address");
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

    #[test]
    fn a_phone_number_has_one_normal_form() {
        for text in ["+442079460000", "+44 20 7946 0000", "+44 (20) 7946-0000", "+44.20.7946.0000"]
        {
            assert_eq!(text.parse::<Phone>().unwrap().as_str(), "+442079460000", "{text:?}");
        }
        for text in [
            "",
            "+",
            "020 7946 0000",
            "0044 20 7946 0000",
            "+044207946000",
            "+44 20",
            "+4420794600001234",
            "+44 20 7946 000x",
            "+44+2079460000",
            "+٤٤٢٠٧٩٤٦٠٠٠٠",
            "+49 30 90182x",
            "+44 00 20 7946 0000",
        ] {
            assert!(text.parse::<Phone>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_trunk_zero_is_not_part_of_a_number() {
        for text in [
            "+44 20 7946 0123",
            "+44 (020) 7946 0123",
            "+44 (0) 20 7946 0123",
            "+44 0 20 7946 0123",
            "+44 (0)20 7946-0123",
        ] {
            assert_eq!(text.parse::<Phone>().unwrap().as_str(), "+442079460123", "{text:?}");
        }
        for (text, number) in [
            ("+49 (0) 30 901820", "+4930901820"),
            ("+358 (0)9 1234567", "+35891234567"),
            ("+39 06 698 12345", "+390669812345"),
            ("+378 0549 882 345", "+3780549882345"),
            ("+225 07 08 09 10 11", "+2250708091011"),
            ("+229 01 97 12 34 56", "+2290197123456"),
            ("+226 07 12 34 56", "+22607123456"),
            ("+992 07 012 3456", "+992070123456"),
            ("+36 (06) 1 234 5678", "+3612345678"),
            ("+7 8 (912) 345-67-89", "+79123456789"),
            ("+7 812 345-67-89", "+78123456789"),
            ("+370 8 612 34567", "+37061234567"),
            ("+375 8 029 123-45-67", "+375291234567"),
            ("+241 06 03 12 34", "+24106031234"),
            ("+242 06 612 3456", "+242066123456"),
            ("+800 0123 4567", "+80001234567"),
        ] {
            assert_eq!(text.parse::<Phone>().unwrap().as_str(), number, "{text:?}");
        }
    }

    #[test]
    fn formatting_characters_of_a_copied_number_are_removed() {
        for text in [
            "+49\u{a0}30\u{2011}901820",
            "\u{202a}+4930901820\u{202c}",
            " +49\t30 901820 ",
            "＋４９ ３０ ９０１８２０",
            "+49\u{2212}30\u{2013}90\u{ad}1820",
            "+49 [30] 901820",
        ] {
            assert_eq!(text.parse::<Phone>().unwrap().as_str(), "+4930901820", "{text:?}");
        }
    }

    #[test]
    fn a_country_must_exist() {
        assert_eq!("no".parse::<Country>().unwrap().as_str(), "NO");
        assert!("XX".parse::<Country>().is_err());
        assert!("N O".parse::<Country>().is_err());
    }
}
