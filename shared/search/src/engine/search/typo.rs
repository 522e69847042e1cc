//! Matches with typing mistakes.

use super::{
    Scores,
    describe::Reach,
    literal::{has_words, identifiers},
    score,
    words::{Word, Words},
};
use crate::{
    Stage,
    column::TextColumn,
    segment::{Segment, Text},
    text::{allowed_edits, edits},
};

/// The rows of a segment that match a word with typing mistakes, up to a stage.
pub(super) fn scores(segment: &Segment, word: &Word, words: &Words, reach: Reach) -> Scores {
    let mut scores = Scores::new();
    if word.edits > 0 {
        let tokens = segment.tokens();
        for name in &word.names {
            let limit = word.edits.min(allowed_edits(name.chars().count()));
            tokens.within_edits(name, limit, |token| {
                scores.extend(tokens.rows(token).iter().map(|row| (*row, score::TYPO)));
            });
        }
    }
    if reach.nothing_literal
        && words.emails
        && let Some((local, domain)) = &word.address
    {
        let emails = segment.text(Text::Email);
        mistyped_addresses(emails, local, domain, |rank| {
            scores.push((emails.row(rank) as u32, score::TYPO));
        });
    }
    if reach.stage == Stage::TypoInside && word.typo_inside {
        for name in word.names.iter().filter(|name| name.is_ascii()) {
            let tokens = segment.tokens();
            tokens.containing_with_typo(name.as_bytes(), |token| {
                scores.extend(tokens.rows(token).iter().map(|row| (*row, score::TYPO_INSIDE)));
            });
        }
        for form in word.identifiers.iter().filter(|form| form.is_ascii()) {
            for text in identifiers(words.emails).filter(|text| has_words(*text)) {
                let column = segment.text(text);
                column.containing_with_typo(form.as_bytes(), |rank| {
                    scores.push((column.row(rank) as u32, score::TYPO_INSIDE));
                });
            }
        }
    }
    scores
}

/// Calls a function with the rank of each address whose domain begins with `domain` and whose local
/// part has few mistakes compared with `local`.
fn mistyped_addresses(
    emails: &TextColumn,
    local: &str,
    domain: &str,
    mut found: impl FnMut(usize),
) {
    let wanted: Vec<char> = local.chars().collect();
    let limit = allowed_edits(wanted.len());
    emails.occurrences(format!("@{domain}").as_bytes(), |rank, at| {
        let email = emails.text(rank);
        if email[at + 1..].contains(&b'@') {
            return true;
        }
        let typed: Vec<char> =
            std::str::from_utf8(&email[..at]).unwrap_or_default().chars().collect();
        if edits(&wanted, &typed, limit).is_some() {
            found(rank);
        }
        false
    });
}
