//! Normal forms of texts, and the form in which they are searched and compared.

use std::borrow::Cow;

use icu_casemap::CaseMapper;
use icu_normalizer::{ComposingNormalizer, DecomposingNormalizer};
use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{DefaultIgnorableCodePoint, Script},
};

use super::characters::{is_dash, is_mark};

/// The composed compatibility normal form (NFKC): texts that look alike and mean the same become
/// equal.
pub fn nfkc(text: &str) -> Cow<'_, str> {
    ComposingNormalizer::new_nfkc().normalize(text)
}

/// The canonical normal form, decomposed (NFD).
pub fn nfd(text: &str) -> Cow<'_, str> {
    DecomposingNormalizer::new_nfd().normalize(text)
}

/// The form in which unique names are compared: it ignores case, compatible forms and the number of
/// spaces. Accents count, other than in [`fold`].
pub fn caseless(text: &str) -> String {
    let folded = CaseMapper::new().fold_string(&nfkc(text)).into_owned();
    single_spaced(&nfkc(&folded))
}

/// The form in which texts are searched and compared: it ignores case, accents, compatible forms,
/// apostrophes and spaces, and keeps marks of scripts that spell with them. A stored text is found
/// in any spelling with the same form.
pub fn fold(text: &str) -> String {
    let plain: String = text.chars().map(before_decomposition).collect();
    let decomposed = DecomposingNormalizer::new_nfkd();
    let folded = CaseMapper::new().fold_string(&decomposed.normalize(&plain)).into_owned();
    let mut out = String::with_capacity(folded.len());
    let mut base_drops_marks = false;
    for c in decomposed.normalize(&folded).chars() {
        if CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c) || c == '\u{640}' {
            continue;
        }
        if is_mark(c) {
            if !base_drops_marks {
                out.push(c);
            }
            continue;
        }
        base_drops_marks = matches!(
            CodePointMapData::<Script>::new().get(c),
            Script::Latin | Script::Greek | Script::Cyrillic | Script::Arabic | Script::Hebrew
        );
        match c {
            'ø' => out.push('o'),
            'đ' | 'ð' | 'ɖ' | 'ɗ' => out.push('d'),
            'ɓ' => out.push('b'),
            'ħ' => out.push('h'),
            'ƙ' => out.push('k'),
            'ƴ' => out.push('y'),
            'ł' => out.push('l'),
            'ŧ' => out.push('t'),
            'ŋ' => out.push('n'),
            'ة' | 'ہ' => out.push('ه'),
            'ı' => out.push('i'),
            'þ' => out.push_str("th"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            c if is_dash(c) => out.push('-'),
            c => out.push(c),
        }
    }
    single_spaced(&out)
}

/// Letters that are the same for a reader but decompose differently, and the variants of the
/// apostrophe.
const fn before_decomposition(c: char) -> char {
    match c {
        'أ' | 'إ' | 'آ' | 'ٱ' => 'ا',
        'ى' | 'ی' | 'ئ' => 'ي',
        'ک' => 'ك',
        '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2bb}' | '\u{2bc}' | '\u{2bd}' | '\u{2032}'
        | '\u{b4}' | '`' | '\u{ff07}' => '\'',
        c => c,
    }
}

fn single_spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The form of search keys before [`fold`]: lower case and single spaces. Items that were not saved
/// since then are still found by it.
pub fn earlier_fold(text: &str) -> String {
    single_spaced(&text.to_lowercase())
}

/// All forms in which a text may be stored: the current one and, if different, the earlier one.
pub fn folds(text: &str) -> Vec<String> {
    let (now, earlier) = (fold(text), earlier_fold(text));
    if now == earlier { vec![now] } else { vec![now, earlier] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_the_same_name_fold_to_the_same_text() {
        for same in [
            &["Zo\u{eb}", "Zoe\u{308}", "ZOE", "zoe"][..],
            &["\u{130}pek", "ipek", "IPEK", "ıpek"],
            &["O\u{2019}Malley", "O'Malley", "o`malley", "O\u{2bc}MALLEY"],
            &["Straße", "STRASSE", "straẞe"],
            &["Bjørn", "bjorn"],
            &["Łukasz", "lukasz"],
            &["Þór", "thor"],
            &["Ａｄａ\u{3000}Lovelace", "ada  lovelace"],
            &["نیک\u{200c}خواه", "نيكخواه"],
            &["Αθήνα", "αθηνα"],
            &["ΟΔΟΣ", "οδός"],
            &["Семён", "семен"],
            &["أحمد", "احمد"],
            &["فاطمة", "فاطمه", "فَاطِمَة"],
            &["Ħamrun", "hamrun"],
            &["Ɗanladi Ƙasim", "danladi kasim"],
            &["Ɓala Ƴar", "bala yar"],
            &["Anna‑Lena", "anna-lena"],
            &["ﬁnn", "finn"],
        ] {
            for spelling in same {
                assert_eq!(fold(spelling), fold(same[0]), "{spelling}");
            }
        }
        for (one, other) in
            [("ไม้", "ไม"), ("がく", "かく"), ("कि", "क"), ("ada", "adb"), ("한글", "한그")]
        {
            assert_ne!(fold(one), fold(other), "{one}");
        }
        assert_eq!(fold("한글"), fold(&nfd("한글")));
    }

    #[test]
    fn earlier_search_keys_are_found_by_their_earlier_form() {
        assert_eq!(folds("Zoë  Ada"), ["zoe ada", "zoë ada"]);
        assert_eq!(folds("Ada"), ["ada"]);
    }
}
