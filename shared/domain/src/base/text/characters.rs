//! Classes of characters by the properties of Unicode: what is visible, what joins letters, and what
//! belongs to an emoji.

use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{
        CanonicalCombiningClass, DefaultIgnorableCodePoint, Emoji, EmojiModifier,
        ExtendedPictographic, GeneralCategory, GeneralCategoryGroup, JoiningType,
    },
};

/// Zero width non-joiner.
const ZWNJ: char = '\u{200c}';
/// Zero width joiner.
pub(super) const ZWJ: char = '\u{200d}';

/// Whether a character is visible: neither a mark without a letter, nor a blank character that is
/// not white space.
pub(super) fn is_visible(c: char) -> bool {
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
pub(super) fn is_part_of_emoji(letters: &[char], at: usize) -> bool {
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
