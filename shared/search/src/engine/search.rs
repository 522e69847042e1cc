//! The search box: which users match the words that were typed, and how well.
//!
//! Every word must match, in any order. A word counts by its best kind of match, and the sum over
//! the words is the score of a user. Typing mistakes are looked for in stages, only if fewer than
//! [`FEW`] users match without, so that a total says something.

mod describe;
mod literal;
mod typo;
mod words;

use super::matched::{LITERAL, Matched};
use crate::{
    Index, Search, SearchMode, Stage,
    column::Bits,
    segment::{Segment, Text},
};
pub(crate) use describe::describe;
use describe::{Reach, row_score};
use words::{Word, Words};

/// Fewer hits than this lead to the next stage.
pub(crate) const FEW: usize = 5;

/// Up to this many rows are looked at one by one, instead of all rows by column.
const FEW_ROWS: usize = 4_000;

/// The scores of the kinds of match.
pub(crate) mod score {
    /// A whole identifier.
    pub const EXACT: u16 = 1000;
    /// The beginning of a phone number.
    pub const PHONE_PREFIX: u16 = 60;
    /// A whole word of a name.
    pub const NAME_WORD: u16 = 33;
    /// The beginning of an identifier.
    pub const IDENTIFIER_PREFIX: u16 = 26;
    /// The beginning of a word of a name.
    pub const NAME_PREFIX: u16 = 25;
    /// Any part of a text.
    pub const SUBSTRING: u16 = 10;
    /// A word of a name, or the local part of an email address, with typing mistakes.
    pub const TYPO: u16 = 6;
    /// A part of a text with one typing mistake.
    pub const TYPO_INSIDE: u16 = 3;
}

/// Rows and their scores; a row may occur more than once.
type Scores = Vec<(u32, u16)>;

/// The users among `sets` that match a search.
pub(super) fn search(
    index: &Index,
    search: &Search,
    sets: Vec<Bits>,
    stage: Option<Stage>,
) -> Matched {
    let words = prepare(index, search);
    let mut layers: Vec<SearchedLayer<'_>> = index
        .layers
        .iter()
        .zip(sets)
        .map(|(layer, set)| SearchedLayer::new(&layer.segment, set, &words))
        .collect();
    let literal: usize = layers.iter().map(|layer| layer.hits.len()).sum();
    let mut total = literal;
    let mut reached = Stage::Literal;
    let wanted = |next: Stage, total: usize| match stage {
        Some(stage) => stage >= next,
        None => words.mode == SearchMode::Fuzzy && total < FEW,
    };
    for next in [Stage::Typo, Stage::TypoInside] {
        if !wanted(next, total) {
            break;
        }
        for layer in &mut layers {
            layer.add_typos(&words, next, literal == 0);
        }
        total = layers.iter().map(|layer| layer.hits.len()).sum();
        reached = next;
    }
    let relevance: Vec<Vec<(u32, i64)>> = layers.into_iter().map(|layer| layer.hits).collect();
    let set = |(hits, layer): (&Vec<(u32, i64)>, &crate::index::Layer)| {
        let mut set = Bits::none(layer.segment.rows());
        hits.iter().for_each(|(row, _)| set.set(*row as usize));
        set
    };
    let sets = relevance.iter().zip(&index.layers).map(set).collect();
    Matched { sets, relevance, stage: reached, total, literal }
}

/// The words of a search as this index reads them.
pub(crate) fn prepare(index: &Index, search: &Search) -> Words {
    let mut words = Words::parse(search);
    // A plus sign in an address often arrives as a blank. Only the index can tell.
    if let Some(address) = words.with_plus.take() {
        let exists = index.layers.iter().any(|layer| {
            let emails = layer.segment.text(Text::Email);
            let mut ranks = emails.equal_to(address.as_bytes());
            ranks.any(|rank| layer.live.get(emails.row(rank)))
        });
        if exists && search.emails {
            words.readings = vec![vec![Word::whole_address(&address)]];
        }
    }
    words
}

/// A layer and the hits in it so far.
struct SearchedLayer<'a> {
    segment: &'a Segment,
    set: Bits,
    /// The matches of each word without typing mistakes, by reading, where they were looked for.
    literal: Vec<Vec<Option<Scores>>>,
    /// The rows that match and their relevance, in the order of rows.
    hits: Vec<(u32, i64)>,
    /// The best score of each row, for one word at a time; all zero in between.
    best: Vec<u16>,
}

impl<'a> SearchedLayer<'a> {
    fn new(segment: &'a Segment, set: Bits, words: &Words) -> Self {
        let literal = words.readings.iter().map(|reading| vec![None; reading.len()]).collect();
        let best = vec![0; segment.rows()];
        let mut layer = Self { segment, set, literal, hits: Vec::new(), best };
        let reach = Reach { stage: Stage::Literal, nothing_literal: false };
        let found = layer.look(words, reach);
        layer.add(found, LITERAL);
        layer
    }

    /// Adds the users that match with typing mistakes to the hits.
    fn add_typos(&mut self, words: &Words, stage: Stage, nothing_literal: bool) {
        let found = self.look(words, Reach { stage, nothing_literal });
        self.hits.retain(|(_, relevance)| *relevance >= LITERAL);
        self.add(found, 0);
    }

    /// The rows that match every word of a reading, and their scores; a row may occur more than
    /// once.
    fn look(&mut self, words: &Words, reach: Reach) -> Scores {
        let mut found = Scores::new();
        for (at, reading) in words.readings.iter().enumerate() {
            // The longest word is likely the rarest, and the others are then looked for in few rows.
            let mut order: Vec<usize> = (0..reading.len()).collect();
            order.sort_by_key(|word| std::cmp::Reverse(reading[*word].length()));
            let mut sums: Option<Scores> = None;
            for word in order {
                let next = match sums {
                    Some(sums) if sums.len() <= FEW_ROWS => {
                        self.check_rows(sums, &reading[word], words, reach)
                    }
                    sums => {
                        let typos = match reach.stage {
                            Stage::Literal => Scores::new(),
                            _ => typo::scores(self.segment, &reading[word], words, reach),
                        };
                        let literal = self.literal[at][word].take();
                        let literal = literal.unwrap_or_else(|| {
                            literal::scores(self.segment, &reading[word], words)
                        });
                        let next = self.combine(sums, [&literal, &typos]);
                        self.literal[at][word] = Some(literal);
                        next
                    }
                };
                sums = Some(next);
            }
            found.extend(sums.unwrap_or_default());
        }
        found
    }

    /// Adds the scores for a word to those of a few rows, and drops the rows that do not match it.
    fn check_rows(&self, mut sums: Scores, word: &Word, words: &Words, reach: Reach) -> Scores {
        sums.retain_mut(|(row, sum)| {
            let score = row_score(self.segment, *row as usize, word, words, reach);
            *sum = sum.saturating_add(score.unwrap_or_default());
            score.is_some()
        });
        sums
    }

    /// Adds the best scores for a word to those of all rows so far, and drops the rows that do not
    /// match it.
    fn combine(&mut self, sums: Option<Scores>, lists: [&Scores; 2]) -> Scores {
        for (row, score) in lists.iter().copied().flatten() {
            let best = &mut self.best[*row as usize];
            *best = (*best).max(*score);
        }
        let Some(mut sums) = sums else {
            let mut sums = Scores::new();
            for (row, _) in lists.iter().copied().flatten() {
                // Once for each row.
                let best = std::mem::take(&mut self.best[*row as usize]);
                if best > 0 && self.set.get(*row as usize) {
                    sums.push((*row, best));
                }
            }
            return sums;
        };
        sums.retain_mut(|(row, sum)| {
            let best = self.best[*row as usize];
            *sum = sum.saturating_add(best);
            best > 0
        });
        for (row, _) in lists.iter().copied().flatten() {
            self.best[*row as usize] = 0;
        }
        sums
    }

    /// Adds rows to the hits, unless they are hits already. Of several scores of a row, the highest
    /// counts.
    fn add(&mut self, mut found: Scores, above: i64) {
        found.sort_unstable_by_key(|(row, score)| (*row, std::cmp::Reverse(*score)));
        found.dedup_by_key(|(row, _)| *row);
        let known = self.hits.len();
        for (row, score) in found {
            let hits = &self.hits[..known];
            if hits.binary_search_by_key(&row, |(row, _)| *row).is_err() {
                self.hits.push((row, above + i64::from(score)));
            }
        }
        self.hits.sort_unstable();
    }
}
