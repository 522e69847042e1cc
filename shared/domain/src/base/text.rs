//! Text input: names, notes, reasons. Unicode's own properties decide which characters are allowed,
//! so that every language can be written and nothing can be hidden.

use std::borrow::Cow;

use icu_casemap::CaseMapper;
use icu_normalizer::{ComposingNormalizer, DecomposingNormalizer};
use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{
        CanonicalCombiningClass, DefaultIgnorableCodePoint, Emoji, EmojiModifier,
        ExtendedPictographic, GeneralCategory, GeneralCategoryGroup, JoiningType, Script,
    },
};

use crate::ApiError;

/// Zero width non-joiner.
const ZWNJ: char = '\u{200c}';
/// Zero width joiner.
const ZWJ: char = '\u{200d}';

/// Parses a text of one line: a name, a label, a line of an address. Joiners are accepted where a
/// script spells with them (RFC 5892, appendix A; UAX #31); every other invisible character is
/// rejected, since it makes one name look like another.
///
/// # Errors
/// `VALIDATION_FAILED` on `field` when the text shows nothing, is too long or has an invisible
/// character.
pub fn line(field: &str, text: &str, longest: usize) -> Result<String, ApiError> {
    checked(field, text.trim(), longest, &[])
}

/// Parses a search text: one line, in which emoji are allowed as in the searched texts.
///
/// # Errors
/// `VALIDATION_FAILED` on `field`, as for a line.
pub fn search(field: &str, text: &str, longest: usize) -> Result<String, ApiError> {
    checked(field, text.trim(), longest, &[EMOJI])
}

/// Parses a note of any number of lines; emoji are allowed, and line ends become LF.
///
/// # Errors
/// `VALIDATION_FAILED` on `field`, as for a line.
pub fn note(field: &str, text: &str, longest: usize) -> Result<String, ApiError> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    checked(field, text.trim(), longest, &[EMOJI, &['\n', '\t']])
}

/// Parses the reason that staff give for a change: 3 to 500 characters, otherwise as a note.
///
/// # Errors
/// `VALIDATION_FAILED` on `reason`.
pub fn reason(text: &str) -> Result<String, ApiError> {
    let text = note("reason", text, 500)?;
    if text.chars().count() < 3 {
        return Err(ApiError::field(
            "reason",
            "too_short",
            "This reason is too short. Use at least 3 characters.",
        ));
    }
    Ok(text)
}

/// Allows emoji sequences in a text, in addition to visible characters.
const EMOJI: &[char] = &[ZWJ];

fn checked(
    field: &str,
    text: &str,
    longest: usize,
    besides: &[&[char]],
) -> Result<String, ApiError> {
    if !text.chars().any(is_visible) {
        return Err(ApiError::field(
            field,
            "empty",
            "This text is empty. Enter at least one visible character.",
        ));
    }
    if text.chars().count() > longest {
        return Err(ApiError::field(
            field,
            "too_long",
            format!("This text is too long. Use at most {longest} characters."),
        ));
    }
    let letters: Vec<char> = text.chars().collect();
    let emoji = besides.contains(&EMOJI);
    let allowed = |at: usize, c: char| {
        !is_hidden(c)
            || joins_letters(&letters, at)
            || (emoji && is_part_of_emoji(&letters, at))
            || besides.iter().any(|others| *others != EMOJI && others.contains(&c))
    };
    if letters.iter().enumerate().all(|(at, c)| allowed(at, *c)) {
        return Ok(text.to_owned());
    }
    Err(ApiError::field(
        field,
        "invalid_character",
        "This text has invisible characters, such as control characters or direction marks. Remove them.",
    ))
}

/// Whether a character is visible: neither a mark without a letter, nor a blank character that is
/// not white space.
fn is_visible(c: char) -> bool {
    // A Braille pattern without dots, a musical note without a head, and a filler of the Khitan
    // small script.
    !c.is_whitespace()
        && !is_hidden(c)
        && !is_mark(c)
        && !matches!(c, '\u{2800}' | '\u{1d159}' | '\u{16fe4}')
}

/// Whether a character is invisible: controls, format characters, default ignorables of Unicode,
/// and noncharacters.
pub(crate) fn is_hidden(c: char) -> bool {
    // These signs are of the category Cf, but visibly enclose the digits after them.
    if matches!(c, '\u{600}'..='\u{605}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}' | '\u{110bd}' | '\u{110cd}')
    {
        return false;
    }
    let hidden = GeneralCategoryGroup::Control.union(GeneralCategoryGroup::Format);
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{fdd0}'..='\u{fdef}')
        || u32::from(c) & 0xfffe == 0xfffe
        || hidden.contains(category(c))
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

fn category(c: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(c)
}

pub(crate) fn is_mark(c: char) -> bool {
    GeneralCategoryGroup::Mark.contains(category(c))
}

/// Whether a character is a dash of any kind.
pub(crate) fn is_dash(c: char) -> bool {
    category(c) == GeneralCategory::DashPunctuation || c == '\u{2212}'
}

/// Whether a character only affects how others are displayed.
pub(crate) fn is_format(c: char) -> bool {
    category(c) == GeneralCategory::Format
}

fn is_virama(c: char) -> bool {
    CodePointMapData::<CanonicalCombiningClass>::new().get(c) == CanonicalCombiningClass::Virama
}

/// Whether a joiner is at a position where a script is spelled with it. Both joiners follow a
/// virama (RFC 5892, A.1 and A.2); ZWJ also precedes one, as in the reph of Bengali and Kannada;
/// ZWNJ is also allowed between two letters that would join, ignoring marks.
pub(crate) fn joins_letters(letters: &[char], at: usize) -> bool {
    let (before, after) = (&letters[..at], &letters[at + 1..]);
    let (Some(last), next) = (before.last(), after.first()) else { return false };
    let spelled = |c: &char| c.is_alphabetic() || is_mark(*c);
    match letters[at] {
        // The older spelling of Malayalam's chillu letters and of Bengali's khanda ta, which may
        // end a word.
        ZWJ if matches!(last, '\u{d4d}' | '\u{9cd}') => true,
        ZWJ | ZWNJ if is_virama(*last) => next.is_some_and(spelled),
        ZWJ => last.is_alphabetic() && next.is_some_and(|next| is_virama(*next)),
        ZWNJ => {
            let joining = |c: &&char| CodePointMapData::<JoiningType>::new().get(**c);
            let joins = |c: Option<&char>| {
                c.is_some_and(|c| {
                    c.is_alphabetic()
                        && matches!(
                            joining(&c),
                            JoiningType::DualJoining
                                | JoiningType::LeftJoining
                                | JoiningType::RightJoining
                        )
                })
            };
            let transparent = |c: &&char| joining(c) == JoiningType::Transparent && !is_hidden(**c);
            joins(before.iter().rev().find(|c| !transparent(c)))
                && joins(after.iter().find(|c| !transparent(c)))
        }
        _ => false,
    }
}

/// Whether an invisible character belongs to an emoji: a variation selector after one, a joiner
/// between two, or a tag after a flag (UTS #51).
fn is_part_of_emoji(letters: &[char], at: usize) -> bool {
    let pictographic = |c: char| CodePointSetData::new::<ExtendedPictographic>().contains(c);
    let before = &letters[..at];
    match letters[at] {
        '\u{fe0e}' | '\u{fe0f}' => {
            before.last().is_some_and(|c| CodePointSetData::new::<Emoji>().contains(*c))
        }
        ZWJ => {
            let dress = |c: &char| {
                *c == '\u{fe0f}' || CodePointSetData::new::<EmojiModifier>().contains(*c)
            };
            let base = before.iter().rev().find(|c| !dress(c));
            base.is_some_and(|c| pictographic(*c))
                && letters.get(at + 1).is_some_and(|c| pictographic(*c))
        }
        '\u{e0020}'..='\u{e007f}' => {
            let flag = before.iter().rev().find(|c| !matches!(c, '\u{e0020}'..='\u{e007e}'));
            let end = letters[at..].iter().find(|c| !matches!(c, '\u{e0020}'..='\u{e007e}'));
            flag == Some(&'\u{1f3f4}') && end == Some(&'\u{e007f}')
        }
        _ => false,
    }
}

/// The composed compatibility normal form (NFKC): texts that look alike and mean the same become
/// equal.
pub fn nfkc(text: &str) -> Cow<'_, str> {
    ComposingNormalizer::new_nfkc().normalize(text)
}

/// The canonical normal form, decomposed (NFD).
pub fn nfd(text: &str) -> Cow<'_, str> {
    DecomposingNormalizer::new_nfd().normalize(text)
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
            'đ' | 'ð' => out.push('d'),
            'ł' => out.push('l'),
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

    fn code<T>(read: Result<T, ApiError>) -> &'static str {
        read.err().map_or("accepted", |refused| refused.fields[0].code)
    }

    const SINHALA: &str = "ශ්\u{200d}රී";
    const PERSIAN: &str = "نیک\u{200c}خواه";
    const FAMILY: &str = "👨\u{200d}👩\u{200d}👧";

    #[test]
    fn joiners_between_letters_are_part_of_the_spelling_of_a_name() {
        // The last ones: Persian between letters of which the first joins only backwards, Bengali
        // with a joiner before the virama, Kannada likewise, Malayalam after it.
        for name in [
            SINHALA,
            PERSIAN,
            "کار\u{200c}آفرین",
            "র\u{200d}্যাচেল",
            "ಸರ\u{200d}್ವ",
            "ക്\u{200c}ഷ",
            "क्\u{200d}ष",
        ] {
            assert_eq!(line("name", name, 64).as_deref(), Ok(name), "{name}");
            assert_eq!(reason(name).as_deref(), Ok(name), "{name}");
        }
        // Malayalam's chillu letters and Bengali's khanda ta in their older spelling end words.
        for name in ["രാജന്\u{200d}", "രാജന്\u{200d} നായര്\u{200d}", "উত্\u{200d}স"]
        {
            assert_eq!(line("name", name, 64).as_deref(), Ok(name), "{name}");
        }
        for name in [
            "a\u{200d}b",
            "ada\u{200c}",
            "\u{200d}ada",
            "ad\u{200c}a",
            "نیک\u{200c}",
            "نیک\u{200c} خواه",
            "نیک\u{200c}\u{200c}خواه",
            "ශ්\u{200d}",
        ] {
            assert_eq!(code(line("name", name, 64)), "invalid_character", "{name:?}");
        }
    }

    #[test]
    fn a_name_without_visible_characters_is_empty() {
        for name in [
            "",
            "  ",
            "\u{3164}",
            "\u{2800}",
            "\u{2800} \u{2800}",
            "\u{ffa0}",
            "\u{115f}",
            "\u{1160}",
            "\u{ad}",
            "\u{301}",
            "\u{3000}",
            "\u{1d159}",
            "\u{200b}",
        ] {
            assert_eq!(code(line("name", name, 64)), "empty", "{name:?}");
            assert_eq!(code(note("text", name, 64)), "empty", "{name:?}");
        }
    }

    #[test]
    fn invisible_characters_are_rejected_in_a_name() {
        for hidden in [
            '\u{ad}',
            '\u{34f}',
            '\u{61c}',
            '\u{180e}',
            '\u{fe0f}',
            '\u{fe0e}',
            '\u{e0041}',
            '\u{fff9}',
            '\u{fffb}',
            '\u{3164}',
            '\u{115f}',
            '\u{200b}',
            '\u{200e}',
            '\u{202e}',
            '\u{2060}',
            '\u{2066}',
            '\u{feff}',
            '\u{1d173}',
            '\u{e0100}',
            '\u{206a}',
            '\u{0}',
            '\u{7f}',
            '\u{85}',
            '\u{2028}',
            '\u{ffff}',
            '\u{17b4}',
            '\u{180b}',
        ] {
            for name in [format!("Ada{hidden}Lovelace"), format!("A{hidden}")] {
                assert_eq!(
                    code(line("name", &name, 64)),
                    if hidden.is_whitespace() && name.len() < 6 {
                        "accepted"
                    } else {
                        "invalid_character"
                    },
                    "{hidden:?}"
                );
            }
        }
        assert_eq!(
            line("name", "\u{600}١٢", 64).as_deref(),
            Ok("\u{600}١٢"),
            "the number sign is visible"
        );
    }

    #[test]
    fn emoji_are_allowed_in_notes_and_reasons() {
        let scotland = "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}";
        for emoji in [
            FAMILY,
            "❤\u{fe0f} thanks",
            "👩🏽\u{200d}🚀 up",
            "🏳\u{fe0f}\u{200d}🌈",
            "1\u{fe0f}\u{20e3} first",
            scotland,
        ] {
            let text = format!("so {emoji}");
            assert_eq!(note("text", &text, 64).as_deref(), Ok(text.as_str()), "{emoji}");
            assert_eq!(reason(&text).as_deref(), Ok(text.as_str()), "{emoji}");
            assert_eq!(search("q", &text, 64).as_deref(), Ok(text.as_str()), "{emoji}");
        }
        assert_eq!(note("text", FAMILY, 64).as_deref(), Ok(FAMILY));
        for text in [
            "a\u{fe0f}b",
            "a\u{200d}👧",
            "👧\u{200d}a",
            "🏴\u{e0067}",
            "👧\u{e0067}\u{e007f}",
            "👧\u{202e}",
        ] {
            assert_eq!(code(note("text", text, 64)), "invalid_character", "{text:?}");
        }
    }

    #[test]
    fn line_ends_of_a_note_become_line_feeds() {
        assert_eq!(
            note("text", "line1\r\nline2\r\rline4\n", 64).as_deref(),
            Ok("line1\nline2\n\nline4")
        );
        assert_eq!(code(line("name", "line1\nline2", 64)), "invalid_character");
        assert_eq!(code(search("q", "line1\nline2", 64)), "invalid_character");
    }

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
