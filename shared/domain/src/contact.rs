//! How a person is reached and named: e-mail addresses, phone numbers, usernames, countries.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why a contact was not accepted, in a sentence that says what is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadContact(&'static str);

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
            // Personal: a log line that prints it by mistake shows nothing.
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
    };
}

text_type!(
    /// An e-mail address in its one normal form: lower case, the domain in ASCII (IDNA, UTS #46).
    Email, ("format" = "email", "maxLength" = 254)
);
text_type!(
    /// A name to sign in and be found by: 3 to 64 lower-case letters, digits, `.`, `_` and `-`.
    Username, ("pattern" = "^[a-z0-9._-]{3,64}$")
);
text_type!(
    /// A phone number in its international form, E.164: a plus, the country code and the rest, at most fifteen digits.
    Phone, ("pattern" = r"^\+[0-9 .()/-]{7,31}$")
);
text_type!(
    /// A country by its ISO 3166-1 alpha-2 code.
    Country, ("pattern" = "^[A-Z]{2}$")
);

impl FromStr for Email {
    type Err = BadContact;

    fn from_str(text: &str) -> Result<Self, BadContact> {
        const WANTED: BadContact = BadContact("give an e-mail address such as ada@example.org");
        if text.len() > 320 {
            return Err(WANTED);
        }
        let (local, domain) = text.trim().rsplit_once('@').ok_or(WANTED)?;
        let local = local.to_lowercase();
        let allowed = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c) || (!c.is_ascii() && c.is_alphanumeric());
        if local.is_empty()
            || local.len() > 64
            || local.starts_with('.')
            || local.ends_with('.')
            || local.contains("..")
            || !local.chars().all(allowed)
        {
            return Err(WANTED);
        }
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| WANTED)?;
        let labels_hold = domain.split('.').count() >= 2 && domain.split('.').all(|label| !label.is_empty() && label.len() <= 63);
        if !labels_hold || domain.len() > 253 || domain.rsplit('.').next().is_some_and(|top| top.bytes().all(|b| b.is_ascii_digit())) {
            return Err(WANTED);
        }
        let whole = format!("{local}@{domain}");
        if whole.len() > 254 {
            return Err(WANTED);
        }
        Ok(Self(whole))
    }
}

impl Email {
    /// The part before the `@`.
    pub fn local(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }
}

impl FromStr for Username {
    type Err = BadContact;

    fn from_str(text: &str) -> Result<Self, BadContact> {
        let good =
            (3..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b));
        if good {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadContact("give 3 to 64 lower-case letters, digits, dots, dashes or underscores"))
        }
    }
}

impl Phone {
    /// The number without its last two digits: a hundred numbers share it, and are often given out together.
    pub fn block(&self) -> &str {
        &self.0[..self.0.len() - 2]
    }
}

impl FromStr for Phone {
    type Err = BadContact;

    /// Spaces, dots, dashes and brackets are how people write numbers (ITU-T E.123), and are left out. Whether a country has given the number to somebody is not looked up: numbering plans
    /// change every month, and who refuses by a plan of last year locks people out.
    fn from_str(text: &str) -> Result<Self, BadContact> {
        const WANTED: BadContact = BadContact("give a phone number with its country code, such as +44 20 7946 0000");
        // A nought in brackets is dialled within the country only. Kept, it would make a second number of the same line.
        if text.contains("(0)") {
            return Err(BadContact("leave out the (0), which is not dialled after the country code: +44 20 7946 0000"));
        }
        let rest = text.strip_prefix('+').filter(|rest| rest.len() <= 31).ok_or(WANTED)?;
        let digits: String = rest.chars().filter(|c| !" .-()/".contains(*c)).collect();
        let good = (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
        if good { Ok(Self(format!("+{digits}"))) } else { Err(WANTED) }
    }
}

/// ISO 3166-1 alpha-2, officially assigned codes.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

impl FromStr for Country {
    type Err = BadContact;

    fn from_str(text: &str) -> Result<Self, BadContact> {
        let upper = text.to_ascii_uppercase();
        if upper.len() == 2 && COUNTRIES.split(' ').any(|code| code == upper) {
            Ok(Self(upper))
        } else {
            Err(BadContact("give a country as its two-letter ISO 3166-1 code, such as NO"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_normal_form() {
        let email: Email = " Ada.Lovelace@BÜCHER.example ".parse().unwrap();
        assert_eq!(email.as_str(), "ada.lovelace@xn--bcher-kva.example");
        assert_eq!(email.local(), "ada.lovelace");
    }

    #[test]
    fn what_is_no_address_is_refused() {
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
        ] {
            assert!(text.parse::<Email>().is_err(), "{text:?}");
        }
        assert!(format!("{}@example.org", "a".repeat(65)).parse::<Email>().is_err());
    }

    #[test]
    fn a_phone_number_has_one_normal_form() {
        for text in ["+442079460000", "+44 20 7946 0000", "+44 (20) 7946-0000", "+44.20.7946.0000"] {
            assert_eq!(text.parse::<Phone>().unwrap().as_str(), "+442079460000", "{text:?}");
        }
        for text in [
            "",
            "+",
            "020 7946 0000",
            "+44 (0)20 7946 0000",
            "0044 20 7946 0000",
            "+044207946000",
            "+44 20",
            "+4420794600001234",
            "+44 20 7946 000x",
            "+44+2079460000",
            "+٤٤٢٠٧٩٤٦٠٠٠٠",
        ] {
            assert!(text.parse::<Phone>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_country_must_exist() {
        assert_eq!("no".parse::<Country>().unwrap().as_str(), "NO");
        assert!("XX".parse::<Country>().is_err());
        assert!("N O".parse::<Country>().is_err());
    }
}
