//! How one user matches the words of a search.

use super::{
    literal::{has_words, identifiers, is_bounded},
    score,
    words::{Word, Words},
};
use crate::{
    Field, MatchClass, SearchMode, Stage, WordMatch,
    segment::{Segment, Text},
    text::{allowed_edits, begins_with_one_edit, each_token, edits, splits_flag},
};

/// The best match of a row for each word, of the reading that it matches best.
pub(crate) fn describe(segment: &Segment, row: usize, words: &Words) -> Vec<WordMatch> {
    // A hit of the page matches, so what it matches needs no stage.
    let fuzzy = words.mode == SearchMode::Fuzzy;
    let stage = if fuzzy { Stage::TypoInside } else { Stage::Literal };
    let reach = Reach { stage, nothing_literal: true };
    let reading = |reading: &Vec<Word>| {
        let matches: Option<Vec<Best>> =
            reading.iter().map(|word| describe_word(segment, row, word, words, reach)).collect();
        let matches = matches?;
        let typo = matches.iter().any(|best| best.found.class == MatchClass::Typo);
        let sum: u32 = matches.iter().map(|best| u32::from(best.score)).sum();
        Some(((!typo, sum), matches))
    };
    let best = words.readings.iter().filter_map(reading).max_by_key(|(score, _)| *score);
    best.map(|(_, matches)| matches.into_iter().map(|best| best.found).collect())
        .unwrap_or_default()
}

/// The score of a row for a word, by the rules by which all rows are looked through.
pub(super) fn row_score(
    segment: &Segment,
    row: usize,
    word: &Word,
    words: &Words,
    reach: Reach,
) -> Option<u16> {
    describe_word(segment, row, word, words, reach).map(|best| best.score)
}

/// Which typing mistakes count.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reach {
    /// How far the search goes.
    pub stage: Stage,
    /// Whether nobody matches without typing mistakes.
    pub nothing_literal: bool,
}

/// A match and its score.
#[derive(Debug, Clone, Copy)]
struct Best {
    score: u16,
    found: WordMatch,
}

struct Candidates {
    best: Option<Best>,
}

impl Candidates {
    fn add(&mut self, score: u16, field: Field, class: MatchClass, edits: usize) {
        if self.best.is_none_or(|best| best.score < score) {
            let found = WordMatch { field, class, edits: edits as u8 };
            self.best = Some(Best { score, found });
        }
    }
}

fn describe_word(
    segment: &Segment,
    row: usize,
    word: &Word,
    words: &Words,
    reach: Reach,
) -> Option<Best> {
    let mut candidates = Candidates { best: None };
    if word.id == Some(segment.id(row)) {
        candidates.add(score::EXACT, Field::Id, MatchClass::Exact, 0);
    }
    let prefix = words.mode >= SearchMode::Prefix && !word.exact_only() && !word.phrase;
    let inside = words.mode >= SearchMode::Substring && word.inside;
    for text in identifiers(words.emails) {
        let Some(value) = segment.text(text).get(row) else { continue };
        for form in &word.identifiers {
            let form = form.as_bytes();
            if value == form {
                candidates.add(score::EXACT, text.field(), MatchClass::Exact, 0);
            } else if prefix && value.starts_with(form) {
                candidates.add(score::IDENTIFIER_PREFIX, text.field(), MatchClass::Prefix, 0);
            } else if inside && contains(value, form, word.phrase) {
                candidates.add(score::SUBSTRING, text.field(), MatchClass::Substring, 0);
            } else if reach.stage == Stage::TypoInside
                && word.typo_inside
                && has_words(text)
                && form.is_ascii()
                && contains_with_typo(value, form)
            {
                candidates.add(score::TYPO_INSIDE, text.field(), MatchClass::Typo, 1);
            }
        }
    }
    if words.phones {
        describe_phone(segment, row, word, words.mode, &mut candidates);
    }
    if words.emails && reach.stage >= Stage::Typo && reach.nothing_literal {
        describe_address(segment, row, word, &mut candidates);
    }
    for text in [Text::Name, Text::Umlaut] {
        if let Some(name) = segment.text(text).get(row) {
            let name = std::str::from_utf8(name).unwrap_or_default();
            describe_name(name, word, words.mode, reach, &mut candidates);
        }
    }
    candidates.best
}

fn describe_phone(
    segment: &Segment,
    row: usize,
    word: &Word,
    mode: SearchMode,
    candidates: &mut Candidates,
) {
    if let Some(phone) = segment.text(Text::Phone).get(row) {
        for digits in &word.phones {
            let digits = digits.as_bytes();
            if phone == digits {
                candidates.add(score::EXACT, Field::Phone, MatchClass::Exact, 0);
            } else if mode >= SearchMode::Prefix && phone.starts_with(digits) {
                candidates.add(score::PHONE_PREFIX, Field::Phone, MatchClass::Prefix, 0);
            } else if mode >= SearchMode::Substring && contains(phone, digits, false) {
                candidates.add(score::SUBSTRING, Field::Phone, MatchClass::Substring, 0);
            }
        }
    }
}

fn describe_address(segment: &Segment, row: usize, word: &Word, candidates: &mut Candidates) {
    if let Some((local, domain)) = &word.address
        && let Some(email) = segment.text(Text::Email).get(row)
        && let Ok(email) = std::str::from_utf8(email)
        && let Some((typed, host)) = email.rsplit_once('@')
        && host.starts_with(domain.as_str())
    {
        let (local, typed): (Vec<char>, Vec<char>) =
            (local.chars().collect(), typed.chars().collect());
        if let Some(edits) = edits(&local, &typed, allowed_edits(local.len())) {
            candidates.add(score::TYPO, Field::Email, MatchClass::Typo, edits);
        }
    }
}

fn describe_name(
    name: &str,
    word: &Word,
    mode: SearchMode,
    reach: Reach,
    candidates: &mut Candidates,
) {
    each_token(name, |token| {
        for form in &word.names {
            if token == form {
                candidates.add(score::NAME_WORD, Field::Name, MatchClass::Exact, 0);
            } else if mode >= SearchMode::Prefix && token.starts_with(form.as_str()) {
                candidates.add(score::NAME_PREFIX, Field::Name, MatchClass::Prefix, 0);
            } else if mode >= SearchMode::Substring && word.inside && token.contains(form.as_str())
            {
                candidates.add(score::SUBSTRING, Field::Name, MatchClass::Substring, 0);
            } else if reach.stage >= Stage::Typo && word.edits > 0 {
                let (wanted, typed): (Vec<char>, Vec<char>) =
                    (form.chars().collect(), token.chars().collect());
                let limit = word.edits.min(allowed_edits(wanted.len()));
                if let Some(edits) = edits(&wanted, &typed, limit) {
                    candidates.add(score::TYPO, Field::Name, MatchClass::Typo, edits);
                } else if reach.stage == Stage::TypoInside
                    && word.typo_inside
                    && form.is_ascii()
                    && contains_with_typo(token.as_bytes(), form.as_bytes())
                {
                    candidates.add(score::TYPO_INSIDE, Field::Name, MatchClass::Typo, 1);
                }
            }
        }
    });
    for form in &word.inside_names {
        let found = |bounded: bool| {
            name.char_indices().any(|(at, _)| {
                name[at..].starts_with(form.as_str())
                    && !splits_flag(name, at, form.len())
                    && (!bounded || is_bounded(name.as_bytes(), at, form.len()))
            })
        };
        if name == form || (word.phrase && found(true)) {
            candidates.add(score::NAME_WORD, Field::Name, MatchClass::Exact, 0);
        } else if !word.phrase && mode >= SearchMode::Substring && found(false) {
            candidates.add(score::SUBSTRING, Field::Name, MatchClass::Substring, 0);
        }
    }
}

fn contains(text: &[u8], part: &[u8], bounded: bool) -> bool {
    memchr::memmem::find_iter(text, part).any(|at| !bounded || is_bounded(text, at, part.len()))
}

fn contains_with_typo(text: &[u8], word: &[u8]) -> bool {
    (0..=text.len()).any(|at| begins_with_one_edit(&text[at..], word))
}
