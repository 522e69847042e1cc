//! Reads what was typed into the search box.

use icu_properties::{CodePointMapData, props::Script};
use provost_domain::UserId;

use crate::{
    Search, SearchMode,
    text::{allowed_edits, digits, identifier_form, normal_form, squeezed, umlaut_form},
};

/// The fewest digits that are looked for in phone numbers.
const MIN_PHONE_DIGITS: usize = 3;
/// From this many digits on, a leading zero may be that of a national number.
const MIN_NATIONAL_DIGITS: usize = 6;
/// The shortest plain word that is found inside of another.
const MIN_SUBSTRING: usize = 3;
/// The shortest word that is found inside of another with a typing mistake.
const MIN_TYPO_INSIDE: usize = 7;

/// A search, read in every way that makes sense.
#[derive(Debug, Clone)]
pub(crate) struct Words {
    /// The readings: a user matches if every word of one reading matches.
    pub readings: Vec<Vec<Word>>,
    /// The address that is meant if a plus sign in it arrived as a blank.
    pub with_plus: Option<String>,
    /// Which kinds of match count.
    pub mode: SearchMode,
    /// Whether email addresses are searched.
    pub emails: bool,
    /// Whether phone numbers are searched.
    pub phones: bool,
}

/// A word in the forms in which the columns are searched.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Word {
    /// The forms that are compared with words of names.
    pub names: Vec<String>,
    /// The forms that are looked for in whole names.
    pub inside_names: Vec<String>,
    /// The forms that are compared with identifiers.
    pub identifiers: Vec<String>,
    /// The digits that are compared with phone numbers.
    pub phones: Vec<String>,
    /// The id, if it is one.
    pub id: Option<UserId>,
    /// Whether it must be found between the borders of words.
    pub phrase: bool,
    /// Whether it may be found anywhere inside of a text.
    pub inside: bool,
    /// The typing mistakes that are allowed in the word.
    pub edits: usize,
    /// Whether the word may be found inside of a text with one typing mistake.
    pub typo_inside: bool,
    /// The local part and the domain, if it is an address that may be mistyped.
    pub address: Option<(String, String)>,
}

impl Words {
    pub fn parse(search: &Search) -> Self {
        let text = without_tel(search.text.trim());
        let mut words = Self {
            readings: Vec::new(),
            with_plus: None,
            mode: search.mode,
            emails: search.emails,
            phones: search.phones,
        };
        if let Some(address) = pasted_address(text) {
            words.readings.push(vec![Word::new(&address)]);
            return words;
        }
        let parts = split(text);
        let mut reading: Vec<Word> = parts.iter().map(Part::word).collect();
        reading.dedup();
        let plain: Vec<&str> = parts
            .iter()
            .filter_map(|part| match part {
                Part::Word(word) => Some(*word),
                Part::Phrase(_) => None,
            })
            .collect();
        words.readings.push(reading);
        if plain.len() == parts.len() {
            if let [first, second] = plain[..]
                && !first.contains('@')
                && second.contains('@')
            {
                words.with_plus = Some(identifier_form(&format!("{first}+{second}")));
            }
            let number = normal_form(text);
            if plain.len() > 1 && is_phone(&number) {
                words.readings.push(vec![Word { phones: phones(&number), ..Word::default() }]);
            }
            let forms: Vec<String> = plain.iter().map(|word| normal_form(word)).collect();
            if forms.iter().any(|form| form.contains('-')) {
                let pieces = forms.iter().flat_map(|form| form.split('-'));
                let pieces: Vec<&str> = pieces.filter(|piece| !piece.is_empty()).collect();
                if pieces.len() > forms.len() && pieces.iter().all(|piece| is_letters(piece)) {
                    words.readings.push(pieces.into_iter().map(Word::new).collect());
                }
            }
        }
        words
    }
}

/// A word or a quoted phrase.
enum Part<'a> {
    Word(&'a str),
    Phrase(&'a str),
}

impl Part<'_> {
    fn word(&self) -> Word {
        match self {
            Self::Word(word) => Word::new(word),
            Self::Phrase(phrase) => Word::phrase(phrase),
        }
    }
}

impl Word {
    pub fn new(word: &str) -> Self {
        let form = normal_form(word);
        let characters = form.chars().count();
        let letters = squeezed(&form);
        let mut forms = vec![form.clone()];
        forms.extend(umlaut_form(word));
        let (names, inside_names) = match &letters {
            Some(_) => (forms.iter().filter_map(|form| squeezed(form)).collect(), Vec::new()),
            None => (Vec::new(), forms),
        };
        let has_digit = form.chars().any(char::is_numeric);
        let edits = if has_digit { 0 } else { letters.as_deref().map_or(0, edits_of) };
        Self {
            names,
            inside_names,
            identifiers: identifiers(word),
            phones: if is_phone(&form) { phones(&form) } else { Vec::new() },
            id: word.parse().ok(),
            phrase: false,
            inside: letters.is_none()
                || characters >= MIN_SUBSTRING
                || form.chars().any(is_unspaced),
            edits,
            typo_inside: letters.is_some()
                && !has_digit
                && form.is_ascii()
                && characters >= MIN_TYPO_INSIDE,
            address: address(word),
        }
    }

    /// An address and nothing else.
    pub fn whole_address(address: &str) -> Self {
        // Only an exact match has the text between the borders of a word and nothing around it.
        Self { identifiers: vec![address.to_owned()], ..Self::default() }
    }

    fn phrase(phrase: &str) -> Self {
        let form = normal_form(phrase);
        let mut inside_names = vec![form];
        inside_names.extend(umlaut_form(phrase));
        Self {
            inside_names,
            identifiers: identifiers(phrase),
            phrase: true,
            inside: true,
            ..Self::default()
        }
    }

    /// The length of the longest form in bytes.
    pub fn length(&self) -> usize {
        self.identifiers.iter().chain(&self.phones).map(String::len).max().unwrap_or_default()
    }

    /// Whether nothing but the whole identifier counts.
    pub fn exact_only(&self) -> bool {
        self.names.is_empty() && self.inside_names.is_empty() && !self.inside
    }
}

fn identifiers(word: &str) -> Vec<String> {
    let mut forms = vec![identifier_form(word), normal_form(word)];
    forms.dedup();
    forms
}

fn edits_of(letters: &str) -> usize {
    allowed_edits(letters.chars().count())
}

fn is_letters(text: &str) -> bool {
    text.chars().all(char::is_alphabetic)
}

/// Whether a character belongs to a script that writes words without blanks between them, or whole
/// syllables as one character.
fn is_unspaced(c: char) -> bool {
    matches!(
        CodePointMapData::<Script>::new().get(c),
        Script::Han
            | Script::Hiragana
            | Script::Katakana
            | Script::Hangul
            | Script::Thai
            | Script::Lao
            | Script::Khmer
            | Script::Myanmar
    )
}

/// Splits a text at blanks, and takes what is between two quotation marks as a phrase. A quotation
/// mark without a second one is a character like any other.
fn split(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        if let Some(quoted) = rest.strip_prefix('"')
            && let Some((phrase, after)) = quoted.split_once('"')
            && crate::record::is_present(phrase)
        {
            parts.push(Part::Phrase(phrase.trim()));
            rest = after.trim_start();
            continue;
        }
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        parts.push(Part::Word(&rest[..end]));
        rest = rest[end..].trim_start();
    }
    parts
}

/// The address in what mail programs copy: `Rana Das <rana@example.org>`,
/// `mailto:rana@example.org`, `rana@example.org;`.
fn pasted_address(text: &str) -> Option<String> {
    let after_bracket = text.rsplit_once('<').map(|(_, inner)| inner);
    let inner = match after_bracket {
        Some(inner) => inner.split_once('>').map(|(address, _)| address)?,
        None => text.trim_end_matches([';', ',']),
    };
    let scheme = inner.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
    let address = match scheme {
        Some(_) => inner[7..].split('?').next().unwrap_or_default(),
        None => inner,
    }
    .trim();
    let single = !address.contains(char::is_whitespace);
    (single && address.contains('@') && address != text).then(|| address.to_owned())
}

/// A phone number without the scheme of a link to it.
fn without_tel(text: &str) -> &str {
    let scheme = text.get(..4).filter(|scheme| scheme.eq_ignore_ascii_case("tel:"));
    match scheme {
        Some(_) if is_phone(&normal_form(&text[4..])) => text[4..].trim_start(),
        _ => text,
    }
}

/// Whether a text in its normal form consists of digits and of what is written between the digits of
/// phone numbers.
fn is_phone(text: &str) -> bool {
    let between = |c: char| matches!(c, '+' | '-' | '.' | '/' | '(' | ')') || c.is_whitespace();
    text.chars().all(|c| c.is_ascii_digit() || between(c))
        && text.bytes().filter(u8::is_ascii_digit).count() >= MIN_PHONE_DIGITS
}

/// The digits for which a phone number is searched. They begin with the country code, with the zero
/// of a national number, or with neither.
fn phones(text: &str) -> Vec<String> {
    let digits = digits(&text.replace("(0)", ""));
    let mut forms = Vec::new();
    if !text.trim_start().starts_with('+') && digits.len() >= MIN_NATIONAL_DIGITS {
        let national = digits.strip_prefix("00").or_else(|| digits.strip_prefix('0'));
        forms.extend(national.map(str::to_owned));
    }
    forms.push(digits);
    forms.retain(|form| form.len() >= MIN_PHONE_DIGITS);
    forms
}

/// The parts of an address of which the first may be mistyped.
fn address(word: &str) -> Option<(String, String)> {
    let form = identifier_form(word);
    let (local, domain) = form.rsplit_once('@')?;
    let fits = edits_of(local) > 0 && !local.chars().any(char::is_numeric);
    fits.then(|| (local.to_owned(), domain.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Words {
        Words::parse(&Search::new(text))
    }

    #[test]
    fn an_address_is_taken_out_of_what_a_mail_program_copies() {
        for text in [
            "Rana Das <rana.das@example.org>",
            "<rana.das@example.org>",
            "\"Das, Rana\" <rana.das@example.org>;",
            "mailto:rana.das@example.org",
            "MAILTO:rana.das@example.org?subject=Hi",
            "  rana.das@example.org;\n",
        ] {
            let words = read(text);
            assert_eq!(words.readings, [[Word::new("rana.das@example.org")]], "{text:?}");
        }
    }

    #[test]
    fn a_phone_number_is_one_word_in_every_spelling() {
        for text in [
            "+49 30 901820",
            "0049 30 901820",
            "+49 (0)30 / 90-18.20",
            "49 30 901820",
            "tel:+49-30-901820",
            "TEL: +49 30 901820",
        ] {
            let words = read(text);
            let phones = words.readings.iter().flatten().find(|word| word.phones.len() < 3);
            let phones = phones.map(|_| words.readings.last().map(|reading| &reading[0].phones));
            let phones = phones.flatten().expect("a phone number");
            assert!(phones.contains(&"4930901820".to_owned()), "{text}: {phones:?}");
        }
        assert!(phones("030 901820").contains(&"30901820".to_owned()));
        assert_eq!(phones("2001"), ["2001"]);
    }

    #[test]
    fn one_quotation_mark_is_a_character_and_two_enclose_a_phrase() {
        assert_eq!(read("\"").readings[0][0].inside_names, ["\""]);
        let words = read("\"de  Bruin\" jan");
        assert!(words.readings[0][0].phrase);
        assert_eq!(words.readings[0][0].inside_names, ["de bruin"]);
        assert_eq!(words.readings[0][1].names, ["jan"]);
    }

    #[test]
    fn short_words_are_only_found_at_the_beginning() {
        assert!(!read("ng").readings[0][0].inside);
        assert!(read("ngu").readings[0][0].inside);
        assert!(read("山").readings[0][0].inside);
        assert!(read("_").readings[0][0].inside);
    }

    #[test]
    fn words_with_digits_have_no_typing_mistakes() {
        let word = Word::new("LRN-0007");
        assert_eq!((word.edits, word.typo_inside), (0, false));
        assert_eq!(Word::new("carry").edits, 1);
        assert_eq!(Word::new("rana2@example.org").address, None);
    }
}
