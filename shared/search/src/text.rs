//! The forms in which texts are compared and searched.

mod distance;
mod tokens;

use std::borrow::Cow;

use provost_domain::text;

pub use distance::{allowed_edits, begins_with_one_edit, edits, ends_with_one_edit};
pub use tokens::{each_token, is_word, squeezed};

/// The number of the rules in this module. Stored columns contain texts in their normal form, so a
/// change of the rules changes this number, and the index is rebuilt.
pub const TEXT_RULES: u8 = 2;

/// The form in which texts are compared: without regard to case, accents of alphabets that spell
/// without them, variants of letters, dashes and apostrophes, and blanks around and between words.
/// `Łucja`, `LUCJA` and `lucja` have the same form. It is composed (NFC), so that no part of a
/// Hangul or kana syllable is found as another one.
pub fn normal_form(text: &str) -> String {
    if text.is_ascii() {
        return ascii_form(text);
    }
    text::nfkc(&text::fold(text)).into_owned()
}

fn ascii_form(text: &str) -> String {
    let mut form = String::with_capacity(text.len());
    // The same blanks as those of `split_whitespace`.
    for word in text.split_whitespace() {
        if !form.is_empty() {
            form.push(' ');
        }
        for byte in word.bytes() {
            match byte {
                b'`' => form.push('\''),
                byte => form.push(char::from(byte.to_ascii_lowercase())),
            }
        }
    }
    form
}

/// The normal form of a text with `ä`, `ö`, `ü` and `å` written as `ae`, `oe`, `ue` and `aa`, if
/// there are any: the second spelling under which such a name is found.
pub fn umlaut_form(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let composed = text::nfkc(text);
    if !composed.chars().any(|c| matches!(c, 'ä' | 'ö' | 'ü' | 'å' | 'Ä' | 'Ö' | 'Ü' | 'Å'))
    {
        return None;
    }
    let mut spelled = String::with_capacity(composed.len() + 4);
    for c in composed.chars() {
        match c {
            'ä' | 'Ä' => spelled.push_str("ae"),
            'ö' | 'Ö' => spelled.push_str("oe"),
            'ü' | 'Ü' => spelled.push_str("ue"),
            'å' | 'Å' => spelled.push_str("aa"),
            c => spelled.push(c),
        }
    }
    Some(normal_form(&spelled))
}

/// The form in which identifiers are compared: without regard to case and compatible characters
/// only, so that an accent distinguishes two addresses.
pub fn identifier_form(text: &str) -> String {
    let text = text.trim();
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text::nfkc(&text::nfkc(text).to_lowercase()).into_owned()
}

/// Whether a part of a text begins or ends within a flag. A flag is two regional indicators, which
/// are read in pairs from the first of a row on.
pub fn splits_flag(text: &str, at: usize, length: usize) -> bool {
    let is_indicator = |c: char| ('\u{1f1e6}'..='\u{1f1ff}').contains(&c);
    [at, at + length].into_iter().any(|border| {
        let (Some(before), Some(after)) = (text.get(..border), text.get(border..)) else {
            return false;
        };
        let earlier = before.chars().rev().take_while(|c| is_indicator(*c)).count();
        earlier % 2 == 1 && after.starts_with(is_indicator)
    })
}

/// The digits of a phone number.
pub fn digits(text: &str) -> String {
    text.chars().filter_map(|c| c.to_digit(10)).filter_map(|d| char::from_digit(d, 10)).collect()
}

/// The normal form of a text that may be absent; a blank one counts as absent.
pub(crate) fn present_form(text: Option<&str>) -> Option<Cow<'_, str>> {
    let text = text.filter(|text| crate::record::is_present(text))?;
    let form = normal_form(text);
    (!form.is_empty()).then_some(Cow::Owned(form))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortcut_for_ascii_gives_the_same_form() {
        for first in 0..128u8 {
            for second in [b'a', b'Z', b' ', b'-', b'\'', b'`', first] {
                let text = String::from_utf8(vec![first, second, b'x']).expect("ASCII");
                assert_eq!(ascii_form(&text), text::nfkc(&text::fold(&text)), "{text:?}");
            }
        }
    }

    #[test]
    fn spellings_of_one_text_have_one_form() {
        for same in [
            &["Lucía", "LUCIA", "lucia", "Luci\u{301}a"][..],
            &["Łucja", "lucja"],
            &["Søren Kjær", "soren kjaer"],
            &["Đặng", "dang", "\u{110}a\u{323}\u{306}ng"],
            &["Ðuro", "duro"],
            &["Straße", "strasse"],
            &["Hleðsla", "hledsla"],
            &["Þór", "thor"],
            &["ệ", "e\u{323}\u{302}", "e\u{302}\u{323}"],
            &["한지민", "\u{1112}\u{1161}\u{11ab}\u{110c}\u{1175}\u{1106}\u{1175}\u{11ab}"],
            &["ガ", "カ\u{3099}"],
            &["İnci", "inci", "İNCİ", "INCI"],
            &["Işıl", "isil", "ışıl", "IŞIL", "işıl"],
            &["أحمد", "احمد"],
            &["إيمان", "ايمان"],
            &["محمـد", "مُحَمَّد", "محمد"],
            &["هدى", "هدي"],
            &["كريم", "کریم"],
            &["שָׁלוֹם", "שלום"],
            &["ﾔﾏﾀﾞ", "ヤマダ"],
            &["Ｒａｎａ", "Rana"],
            &["O'Connor", "O\u{2019}Connor", "O\u{2bc}Connor"],
            &["anne-marie", "Anne\u{2011}Marie"],
            &["Ada  Lovelace", " Ada\u{a0}Lovelace\n", "ada\u{3000}lovelace", "ADA\tLOVELACE"],
            &["Семён", "семен"],
        ] {
            for spelling in same {
                assert_eq!(normal_form(spelling), normal_form(same[0]), "{spelling}");
            }
        }
        for (one, other) in [("ガ", "カ"), ("한", "하"), ("🎧", "🌠"), ("🇧🇩", "🇬🇧"), ("ไม", "ไม้")]
        {
            assert_ne!(normal_form(one), normal_form(other));
            assert!(!normal_form(one).contains(&normal_form(other)));
        }
    }

    #[test]
    fn every_letter_has_one_form_composed_and_decomposed() {
        let mut letters = 0;
        for letter in ('\0'..=char::MAX).filter(|c| c.is_alphabetic()) {
            let composed = letter.to_string();
            let decomposed = text::nfd(&composed).into_owned();
            if decomposed != composed {
                assert_eq!(normal_form(&decomposed), normal_form(&composed), "{letter}");
                letters += 1;
            }
        }
        assert!(letters > 11_172, "{letters} are more than the syllables of Hangul");
    }

    #[test]
    fn an_umlaut_has_a_second_spelling() {
        assert_eq!(umlaut_form("Müller").as_deref(), Some("mueller"));
        assert_eq!(umlaut_form("A\u{30a}RHUS").as_deref(), Some("aarhus"));
        assert_eq!(umlaut_form("Zoë"), None);
    }

    #[test]
    fn an_accent_distinguishes_two_addresses() {
        assert_eq!(identifier_form(" Rana@Example.ORG"), "rana@example.org");
        assert_eq!(identifier_form("JOSÉ@example.org"), identifier_form("jose\u{301}@example.org"));
        assert_ne!(identifier_form("josé@example.org"), identifier_form("jose@example.org"));
    }

    #[test]
    fn flags_side_by_side_are_read_in_pairs() {
        let (text, flag) = ("x🇬🇧🇩🇪", "🇬🇧".len());
        let at = |flags: usize| 1 + flags * flag / 2;
        assert!(!splits_flag(text, at(0), flag), "the first");
        assert!(splits_flag(text, at(1), flag), "the end of one and the beginning of the next");
        assert!(!splits_flag(text, at(2), flag), "the second");
        assert!(!splits_flag(text, at(0), 2 * flag), "both");
        assert!(splits_flag(text, at(0), flag / 2), "half of one");
        assert!(!splits_flag(text, 0, 1), "before the first");
    }

    #[test]
    fn a_phone_number_is_compared_by_its_digits() {
        assert_eq!(digits("+49 (30) 90-1820"), "4930901820");
    }
}
