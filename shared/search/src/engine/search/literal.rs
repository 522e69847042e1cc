//! Matches without typing mistakes.

use super::{
    Scores, score,
    words::{Word, Words},
};
use crate::{
    SearchMode,
    segment::{Segment, Text},
    text::{is_word, splits_flag},
};

/// The columns of identifiers that the search looks at.
pub(super) fn identifiers(emails: bool) -> impl Iterator<Item = Text> {
    let columns = [Text::UniqueId, Text::ExternalId, Text::Username, Text::Email];
    columns.into_iter().filter(move |column| emails || *column != Text::Email)
}

/// The columns of identifiers that are made of words, in which typing mistakes are looked for.
pub(super) fn has_words(text: Text) -> bool {
    matches!(text, Text::Username | Text::Email)
}

/// The rows of a segment that match a word without typing mistakes.
pub(super) fn scores(segment: &Segment, word: &Word, words: &Words) -> Scores {
    let mut scores = Scores::new();
    if let Some(row) = word.id.and_then(|id| segment.row(id)) {
        scores.push((row as u32, score::EXACT));
    }
    let prefix = words.mode >= SearchMode::Prefix && !word.exact_only() && !word.phrase;
    let inside = words.mode >= SearchMode::Substring && word.inside;
    for text in identifiers(words.emails) {
        let column = segment.text(text);
        let row = |rank| column.row(rank) as u32;
        for form in &word.identifiers {
            let form = form.as_bytes();
            let exact = column.equal_to(form);
            scores.extend(exact.map(|rank| (row(rank), score::EXACT)));
            if prefix {
                let ranks = column.with_prefix(form);
                scores.extend(ranks.map(|rank| (row(rank), score::IDENTIFIER_PREFIX)));
            }
            if inside {
                column.occurrences(form, |rank, at| {
                    let found = !word.phrase || is_bounded(column.text(rank), at, form.len());
                    if found {
                        scores.push((row(rank), score::SUBSTRING));
                    }
                    !found
                });
            }
        }
    }
    if words.phones {
        phones(segment, word, words.mode, &mut scores);
    }
    names(segment, word, words.mode, &mut scores);
    scores
}

fn phones(segment: &Segment, word: &Word, mode: SearchMode, scores: &mut Scores) {
    let column = segment.text(Text::Phone);
    let row = |rank| column.row(rank) as u32;
    for digits in &word.phones {
        let digits = digits.as_bytes();
        scores.extend(column.equal_to(digits).map(|rank| (row(rank), score::EXACT)));
        if mode >= SearchMode::Prefix {
            let ranks = column.with_prefix(digits);
            scores.extend(ranks.map(|rank| (row(rank), score::PHONE_PREFIX)));
        }
        if mode >= SearchMode::Substring {
            column.containing(digits, |rank, _| scores.push((row(rank), score::SUBSTRING)));
        }
    }
}

fn names(segment: &Segment, word: &Word, mode: SearchMode, scores: &mut Scores) {
    let tokens = segment.tokens();
    for name in &word.names {
        let name = name.as_bytes();
        let mut add = |token, score| {
            scores.extend(tokens.rows(token).iter().map(|row| (*row, score)));
        };
        for token in tokens.with_prefix(name) {
            if tokens.text(token) == name {
                add(token, score::NAME_WORD);
            } else if mode >= SearchMode::Prefix {
                add(token, score::NAME_PREFIX);
            }
        }
        if mode >= SearchMode::Substring && word.inside {
            tokens.containing(name, |token| add(token, score::SUBSTRING));
        }
    }
    for form in &word.inside_names {
        for text in [Text::Name, Text::Umlaut] {
            let column = segment.text(text);
            column.occurrences(form.as_bytes(), |rank, at| {
                let name = column.text(rank);
                if splits_flag(std::str::from_utf8(name).unwrap_or_default(), at, form.len()) {
                    return true;
                }
                let whole = name.len() == form.len();
                let bounded = word.phrase && is_bounded(name, at, form.len());
                let score = match () {
                    () if whole || bounded => score::NAME_WORD,
                    () if word.phrase || mode < SearchMode::Substring => return true,
                    () => score::SUBSTRING,
                };
                scores.push((column.row(rank) as u32, score));
                false
            });
        }
    }
}

/// Whether there is no letter or digit directly before and after a part of a text.
pub(super) fn is_bounded(text: &[u8], at: usize, length: usize) -> bool {
    let text = std::str::from_utf8(text).unwrap_or_default();
    let before = text.get(..at).and_then(|before| before.chars().next_back());
    let after = text.get(at + length..).and_then(|after| after.chars().next());
    !before.is_some_and(is_word) && !after.is_some_and(is_word)
}
