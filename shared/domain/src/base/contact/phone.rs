//! Phone numbers.

use std::str::FromStr;

use super::text_type::{InvalidContact, text_type};
use crate::text::{self, nfkc};

text_type!(
    /// Phone number in international format (E.164): a plus sign, the country code and the number,
    /// at most 15 digits.
    Phone, ("pattern" = r"^\s*\+[^a-zA-Z]{7,120}$")
);

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

#[cfg(test)]
mod tests {
    use super::*;

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
}
