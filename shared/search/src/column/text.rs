//! A column of texts that differ from user to user, in sorted order.

use std::ops::Range;

use memchr::memmem::Finder;

use super::Bits;
use crate::{
    codec::{DecodeError, Reader, Writer},
    text::{begins_with_one_edit, ends_with_one_edit},
};

/// Ends each text. It is no part of UTF-8, so no search matches across two texts.
const END: u8 = 0xff;
/// No text.
const NONE: u32 = u32::MAX;

/// The texts of a column sorted by their bytes, which is the order of their code points, and by
/// row. The position of a text in this order is its rank.
#[derive(Debug, Clone, Default)]
pub(crate) struct TextColumn {
    bytes: Vec<u8>,
    /// Where each text begins, by rank; one more at the end.
    starts: Vec<u32>,
    /// The row of each rank.
    rows: Vec<u32>,
    /// The rank of each row.
    ranks: Vec<u32>,
    /// The ranks whose texts were erased.
    erased: Option<Bits>,
}

impl TextColumn {
    /// Sorts texts into a column. Texts that are already in runs of sorted order cost less.
    pub fn build(mut entries: Vec<(&[u8], u32)>, count: usize) -> Self {
        entries.sort();
        let size = entries.iter().map(|(text, _)| text.len() + 1).sum();
        let mut column = Self::with_capacity(entries.len(), size);
        for (text, row) in entries {
            column.push(text);
            column.rows.push(row);
        }
        column.rank_rows(count);
        column
    }

    fn with_capacity(texts: usize, bytes: usize) -> Self {
        let mut starts = Vec::with_capacity(texts + 1);
        starts.push(0);
        let (bytes, rows) = (Vec::with_capacity(bytes), Vec::with_capacity(texts));
        Self { bytes, starts, rows, ranks: Vec::new(), erased: None }
    }

    fn push(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        self.bytes.push(END);
        self.starts.push(self.bytes.len() as u32);
    }

    fn rank_rows(&mut self, count: usize) {
        if self.rows.is_empty() {
            return;
        }
        self.ranks = vec![NONE; count];
        for (rank, row) in self.rows.iter().enumerate() {
            self.ranks[*row as usize] = rank as u32;
        }
    }

    /// Texts of merged segments; `places` gives the new row of each row, by part.
    pub fn merge(parts: &[&Self], places: &[Vec<u32>], count: usize) -> Self {
        let mut entries = Vec::new();
        for (part, places) in parts.iter().zip(places) {
            for (rank, row) in part.rows.iter().enumerate() {
                let place = places[*row as usize];
                if place != NONE {
                    entries.push((part.text(rank), place));
                }
            }
        }
        Self::build(entries, count)
    }

    /// The number of texts.
    pub const fn len(&self) -> usize {
        self.rows.len()
    }

    /// The text of a rank.
    pub fn text(&self, rank: usize) -> &[u8] {
        &self.bytes[self.starts[rank] as usize..self.starts[rank + 1] as usize - 1]
    }

    /// The row of a rank.
    pub fn row(&self, rank: usize) -> usize {
        self.rows[rank] as usize
    }

    /// The rank of a row, if it has a text.
    pub fn rank(&self, row: usize) -> Option<usize> {
        self.ranks.get(row).filter(|rank| **rank != NONE).map(|rank| *rank as usize)
    }

    /// The text of a row.
    pub fn get(&self, row: usize) -> Option<&[u8]> {
        self.rank(row).map(|rank| self.text(rank))
    }

    /// The rows that have a text.
    pub fn present(&self, rows: usize) -> Bits {
        if self.ranks.is_empty() {
            return Bits::none(rows);
        }
        Bits::from_fn(rows, |row| self.ranks[row] != NONE)
    }

    /// The first rank for which a test no longer holds; it must hold for a first part of the texts
    /// only. Erased texts take no part.
    pub fn partition(&self, test: impl Fn(&[u8]) -> bool) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            let mut probe = middle;
            while self.is_erased(probe) && probe < high {
                probe += 1;
            }
            if probe < high && test(self.text(probe)) {
                low = probe + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// The ranks of the texts that begin with bytes.
    pub fn with_prefix(&self, prefix: &[u8]) -> Range<usize> {
        let start = self.partition(|text| text < prefix);
        let end = self.partition(|text| text < prefix || text.starts_with(prefix));
        start..end
    }

    /// The ranks of the texts that are equal to bytes.
    pub fn equal_to(&self, value: &[u8]) -> Range<usize> {
        self.partition(|text| text < value)..self.partition(|text| text <= value)
    }

    /// Calls a function with the rank of each text that contains bytes, and where in the text they
    /// first occur.
    pub fn containing(&self, needle: &[u8], mut found: impl FnMut(usize, usize)) {
        self.occurrences(needle, |rank, position| {
            found(rank, position);
            false
        });
    }

    /// Calls a function with the rank of each text that contains something with at most one mistake
    /// compared with a word of ASCII characters. A rank may come more than once.
    ///
    /// The mistake is in one half of the word, so the other half is there as it is; or it exchanges
    /// the two characters where the halves meet.
    pub fn containing_with_typo(&self, word: &[u8], mut found: impl FnMut(usize)) {
        let (first, second) = word.split_at(word.len() / 2);
        self.occurrences(first, |rank, at| {
            let fits = begins_with_one_edit(&self.text(rank)[at + first.len()..], second);
            if fits {
                found(rank);
            }
            !fits
        });
        self.occurrences(second, |rank, at| {
            let fits = ends_with_one_edit(&self.text(rank)[..at], first);
            if fits {
                found(rank);
            }
            !fits
        });
        let mut exchanged = word.to_vec();
        exchanged.swap(first.len() - 1, first.len());
        self.containing(&exchanged, |rank, _| found(rank));
    }

    /// Calls a function with each occurrence of bytes: the rank of the text and the position in
    /// it. The function says whether it wants further occurrences in the same text.
    pub fn occurrences(&self, needle: &[u8], mut found: impl FnMut(usize, usize) -> bool) {
        if needle.is_empty() {
            return;
        }
        let finder = Finder::new(needle);
        let (mut at, mut rank) = (0, 0);
        while let Some(position) = finder.find(&self.bytes[at..]) {
            let position = at + position;
            rank = self.rank_at(position, rank);
            let more = found(rank, position - self.starts[rank] as usize);
            at = if more { position + 1 } else { self.starts[rank + 1] as usize };
        }
    }

    /// The rank of the text around a position of the bytes, at or after a rank.
    fn rank_at(&self, position: usize, from: usize) -> usize {
        let (mut low, mut step) = (from, 1);
        while low + step < self.len() && self.starts[low + step] as usize <= position {
            low += step;
            step *= 2;
        }
        let high = (low + step).min(self.len());
        low + self.starts[low + 1..high].partition_point(|start| *start as usize <= position)
    }

    fn is_erased(&self, rank: usize) -> bool {
        self.erased.as_ref().is_some_and(|erased| rank < erased.len() && erased.get(rank))
    }

    /// Overwrites the text of a row.
    pub fn erase(&mut self, row: usize) {
        let Some(rank) = self.rank(row) else { return };
        let range = self.starts[rank] as usize..self.starts[rank + 1] as usize - 1;
        self.bytes[range].fill(0);
        let len = self.len();
        self.erased.get_or_insert_with(|| Bits::none(len)).set(rank);
    }

    /// Writes each text as the length of what it shares with the one before, and the rest.
    pub fn encode(&self, writer: &mut Writer) {
        writer.number(self.len() as u64);
        writer.planes(&self.rows.iter().map(|row| u64::from(*row)).collect::<Vec<_>>());
        let mut before: &[u8] = &[];
        let mut rests = Vec::with_capacity(self.bytes.len() / 2);
        let (mut shared, mut lengths) = (Vec::new(), Vec::new());
        for rank in 0..self.len() {
            let text = self.text(rank);
            let same = before.iter().zip(text).take_while(|(a, b)| a == b).count();
            shared.push(same as u64);
            lengths.push((text.len() - same) as u64);
            rests.extend_from_slice(&text[same..]);
            before = text;
        }
        writer.planes(&shared);
        writer.planes(&lengths);
        writer.block(&rests);
    }

    pub fn decode(
        reader: &mut Reader<'_>,
        count: usize,
        limit: usize,
    ) -> Result<Self, DecodeError> {
        const WRONG: DecodeError = DecodeError::Inconsistent("a text column");
        let texts = reader.length()?;
        if texts > count {
            return Err(WRONG);
        }
        let rows = reader.planes(texts)?;
        let shared = reader.planes(texts)?;
        let lengths = reader.planes(texts)?;
        let rests = reader.block()?;
        let mut size = 0u64;
        for (shared, length) in shared.iter().zip(&lengths) {
            size = size.saturating_add(shared.saturating_add(*length).saturating_add(1));
        }
        if size > (limit as u64).min(u64::from(u32::MAX)) {
            return Err(DecodeError::TooLarge { limit });
        }
        let mut column = Self::with_capacity(texts, size as usize);
        let mut taken = Bits::none(count);
        let (mut rest, mut before) = (rests, 0);
        for ((row, shared), length) in rows.into_iter().zip(shared).zip(lengths) {
            let (shared, length) = (shared as usize, length as usize);
            let end = column.bytes.len().saturating_sub(1);
            let (own, others) = rest.split_at_checked(length).ok_or(WRONG)?;
            if shared > end - before.min(end) || row >= count as u64 || taken.get(row as usize) {
                return Err(WRONG);
            }
            taken.set(row as usize);
            rest = others;
            let start = column.bytes.len();
            column.bytes.extend_from_within(before..before + shared);
            column.bytes.extend_from_slice(own);
            column.bytes.push(END);
            column.starts.push(column.bytes.len() as u32);
            column.rows.push(row as u32);
            before = start;
        }
        if !rest.is_empty() {
            return Err(WRONG);
        }
        column.rank_rows(count);
        Ok(column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(texts: &[&str]) -> TextColumn {
        let entries = texts.iter().enumerate();
        let entries = entries.filter(|(_, text)| !text.is_empty());
        TextColumn::build(
            entries.map(|(row, text)| (text.as_bytes(), row as u32)).collect(),
            texts.len(),
        )
    }

    fn containing(column: &TextColumn, needle: &str) -> Vec<usize> {
        let mut rows = Vec::new();
        column.containing(needle.as_bytes(), |rank, _| rows.push(column.row(rank)));
        rows.sort_unstable();
        rows
    }

    #[test]
    fn texts_are_found_by_value_beginning_and_content() {
        let column = column(&["banana", "", "ana", "bandana", "ana", "zoé"]);
        let rows = |ranks: Range<usize>| ranks.map(|rank| column.row(rank)).collect::<Vec<_>>();
        assert_eq!(rows(column.equal_to(b"ana")), [2, 4]);
        assert!(column.equal_to(b"an").is_empty());
        assert_eq!(rows(column.with_prefix(b"ban")), [0, 3]);
        assert_eq!(rows(column.with_prefix(b"")), [2, 4, 0, 3, 5]);
        assert_eq!(containing(&column, "an"), [0, 2, 3, 4]);
        assert!(containing(&column, "aba").is_empty());
        assert_eq!(containing(&column, "é"), [5]);
        assert_eq!((column.get(1), column.get(0)), (None, Some(&b"banana"[..])));
    }

    #[test]
    fn a_column_reads_back() {
        for texts in [&[][..], &["", ""], &["a"], &["abc", "", "abd", "abc", "x", "abcd"]] {
            let written = column(texts);
            let mut writer = Writer::default();
            written.encode(&mut writer);
            let read = TextColumn::decode(&mut Reader::new(&writer.bytes), texts.len(), 1000)
                .expect("the column is whole");
            for row in 0..texts.len() {
                assert_eq!(read.get(row), written.get(row));
            }
            assert_eq!(read.rows, written.rows);
        }
    }

    #[test]
    fn an_erased_text_is_gone_and_the_others_are_still_found() {
        let mut column = column(&["a", "b", "c", "d", "e"]);
        for row in [2, 0, 3] {
            column.erase(row);
        }
        assert!(!column.bytes.contains(&b'c'));
        for (text, row) in [(b"b", 1), (b"e", 4)] {
            let ranks = column.equal_to(text);
            let live: Vec<_> = ranks.filter(|rank| column.text(*rank) != b"\0").collect();
            assert_eq!(live.iter().map(|rank| column.row(*rank)).collect::<Vec<_>>(), [row]);
        }
        assert!(column.equal_to(b"c").all(|rank| column.text(rank) == b"\0"));
    }
}
