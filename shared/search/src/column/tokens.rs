//! The words of all names, with the rows in which each occurs.

use std::{collections::HashMap, hash::BuildHasherDefault, ops::Range};

use super::TextColumn;
use crate::text::{each_token, edits};

/// The words of the names, sorted. Made when a segment is built or read; not stored.
#[derive(Debug, Clone, Default)]
pub(crate) struct TokenIndex {
    tokens: TextColumn,
    /// For each token, a bit for each of its characters, folded into 32.
    masks: Vec<u32>,
    /// Where the rows of each token begin; one more at the end.
    starts: Vec<u32>,
    rows: Vec<u32>,
}

impl TokenIndex {
    /// Collects the words of columns of names in normal form.
    pub fn build(columns: &[&TextColumn]) -> Self {
        let mut numbers: HashMap<Box<str>, u32, BuildHasherDefault<WordHasher>> =
            HashMap::default();
        let mut pairs: Vec<(u32, u32)> = Vec::new();
        for column in columns {
            for rank in 0..column.len() {
                let Ok(name) = std::str::from_utf8(column.text(rank)) else { continue };
                let row = column.row(rank) as u32;
                each_token(name, |token| {
                    let next = numbers.len() as u32;
                    let number = match numbers.get(token) {
                        Some(number) => *number,
                        None => *numbers.entry(token.into()).or_insert(next),
                    };
                    pairs.push((number, row));
                });
            }
        }
        let count = numbers.len();
        let entries = numbers.iter().map(|(token, number)| (token.as_bytes(), *number)).collect();
        let tokens = TextColumn::build(entries, count);
        // Distribute the pairs over the tokens in sorted order, by counting.
        let mut starts = vec![0u32; count + 1];
        for (number, _) in &mut pairs {
            *number = tokens.rank(*number as usize).unwrap_or_default() as u32;
            starts[*number as usize + 1] += 1;
        }
        for at in 0..count {
            starts[at + 1] += starts[at];
        }
        let mut next = starts.clone();
        let mut rows = vec![0u32; pairs.len()];
        for (token, row) in pairs {
            rows[next[token as usize] as usize] = row;
            next[token as usize] += 1;
        }
        let masks = (0..count).map(|rank| mask(tokens.text(rank))).collect();
        Self { tokens, masks, starts, rows }
    }

    /// The rows of a token; a row may occur more than once.
    pub fn rows(&self, token: usize) -> &[u32] {
        &self.rows[self.starts[token] as usize..self.starts[token + 1] as usize]
    }

    /// The text of a token.
    pub fn text(&self, token: usize) -> &[u8] {
        self.tokens.text(token)
    }

    /// The tokens that begin with a word; the word itself, if it is one, is the first.
    pub fn with_prefix(&self, word: &[u8]) -> Range<usize> {
        self.tokens.with_prefix(word)
    }

    /// Calls a function with each token that contains a word.
    pub fn containing(&self, word: &[u8], mut found: impl FnMut(usize)) {
        self.tokens.containing(word, |token, _| found(token));
    }

    /// Calls a function with each token that contains a word with at most one mistake. A token may
    /// come more than once.
    pub fn containing_with_typo(&self, word: &[u8], found: impl FnMut(usize)) {
        self.tokens.containing_with_typo(word, found);
    }

    /// Calls a function with each token that has at least one and at most `limit` mistakes compared
    /// with a word.
    pub fn within_edits(&self, word: &str, limit: usize, mut found: impl FnMut(usize)) {
        let characters: Vec<char> = word.chars().collect();
        let ascii = word.is_ascii();
        let wanted = mask(word.as_bytes());
        for (token, mask) in self.masks.iter().enumerate() {
            // Each mistake takes away and adds one character at most.
            let (missing, additional) =
                ((wanted & !mask).count_ones(), (mask & !wanted).count_ones());
            if missing.max(additional) as usize > limit {
                continue;
            }
            let text = self.tokens.text(token);
            let distance = if ascii && text.is_ascii() {
                edits(word.as_bytes(), text, limit)
            } else {
                let text = std::str::from_utf8(text).unwrap_or_default();
                edits(&characters, &text.chars().collect::<Vec<_>>(), limit)
            };
            if distance.is_some_and(|distance| distance > 0) {
                found(token);
            }
        }
    }
}

/// A bit for each character of a text, folded into 32.
fn mask(text: &[u8]) -> u32 {
    if text.is_ascii() {
        return text.iter().fold(0, |mask, byte| mask | 1 << (byte & 31));
    }
    let text = std::str::from_utf8(text).unwrap_or_default();
    text.chars().fold(0, |mask, c| mask | 1 << (c as u32 & 31))
}

/// A fast hash for words, of which none comes from outside while the map lives.
#[derive(Default)]
struct WordHasher(u64);

impl std::hash::Hasher for WordHasher {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 = (self.0.rotate_left(5) ^ u64::from_le_bytes(word))
                .wrapping_mul(0x517c_c1b7_2722_0a95);
        }
    }

    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 29
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_found_by_beginning_content_and_mistake() {
        let names = ["rana das", "ranade", "carry o'connor", "harry"];
        let entries = names.iter().enumerate();
        let column = TextColumn::build(
            entries.map(|(row, name)| (name.as_bytes(), row as u32)).collect(),
            names.len(),
        );
        let index = TokenIndex::build(&[&column]);
        let rows = |tokens: Vec<usize>| {
            let mut rows: Vec<u32> =
                tokens.into_iter().flat_map(|token| index.rows(token).to_vec()).collect();
            rows.sort_unstable();
            rows
        };
        assert_eq!(rows(index.with_prefix(b"rana").collect()), [0, 1]);
        let mut tokens = Vec::new();
        index.containing(b"arr", |token| tokens.push(token));
        assert_eq!(rows(tokens), [2, 3]);
        let mut tokens = Vec::new();
        index.within_edits("carry", 1, |token| tokens.push(token));
        assert_eq!(rows(tokens), [3]);
        assert_eq!(rows(index.with_prefix(b"oconnor").collect()), [2]);
    }
}
