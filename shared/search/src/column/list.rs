//! A column of lists of texts, of which there are few different ones, each possibly with an end.

use super::{Bits, Dictionary, IntegerColumn, NULL, Origin};
use crate::codec::{DecodeError, Reader, Writer};

/// A list of texts for each row.
#[derive(Debug, Clone, Default)]
pub(crate) struct ListColumn {
    pub dictionary: Dictionary,
    /// Where the list of each row begins; one more at the end. Nothing if all lists are empty.
    starts: Vec<u32>,
    codes: Vec<u32>,
    /// When each text ends, in milliseconds; nothing if none does.
    ends: Vec<i64>,
}

/// Texts with the times at which they end.
pub(crate) type TimedTexts<'a> = Vec<(&'a str, i64)>;

impl ListColumn {
    pub fn build(lists: &[TimedTexts<'_>]) -> Self {
        let texts = lists.iter().flatten().map(|(text, _)| *text);
        let (dictionary, codes) = Dictionary::collect(texts);
        let coded = |list: &TimedTexts<'_>| {
            list.iter().map(|(text, end)| (codes.get(text).copied().unwrap_or(0), *end)).collect()
        };
        Self::from_coded(dictionary, lists.iter().map(coded))
    }

    fn from_coded(dictionary: Dictionary, lists: impl Iterator<Item = Vec<(u32, i64)>>) -> Self {
        let mut column = Self { dictionary, starts: vec![0], ..Self::default() };
        for mut list in lists {
            list.sort_unstable();
            list.dedup();
            for (code, end) in list {
                column.codes.push(code);
                column.ends.push(end);
            }
            column.starts.push(column.codes.len() as u32);
        }
        column.tidy()
    }

    fn tidy(mut self) -> Self {
        if self.codes.is_empty() {
            return Self::default();
        }
        if self.ends.iter().all(|end| *end == NULL) {
            self.ends = Vec::new();
        }
        self
    }

    pub fn merge(parts: &[&Self], order: &[Origin]) -> Self {
        let dictionaries: Vec<&Dictionary> = parts.iter().map(|part| &part.dictionary).collect();
        let mut used: Vec<Vec<bool>> =
            dictionaries.iter().map(|dictionary| vec![false; dictionary.codes()]).collect();
        for (part, row) in order {
            let part = *part as usize;
            for (code, _) in parts[part].get(*row as usize) {
                used[part][code as usize] = true;
            }
        }
        let (dictionary, codes) = Dictionary::merge(&dictionaries, &used);
        let list = |(part, row): &Origin| {
            let part = *part as usize;
            let list = parts[part].get(*row as usize);
            list.map(|(code, end)| (codes[part][code as usize], end)).collect()
        };
        Self::from_coded(dictionary, order.iter().map(list))
    }

    /// The codes of a row and when each ends.
    pub fn get(&self, row: usize) -> impl Iterator<Item = (u32, i64)> + '_ {
        let range = match self.starts.get(row..row + 2) {
            Some(range) => range[0] as usize..range[1] as usize,
            None => 0..0,
        };
        range.map(|at| (self.codes[at], self.ends.get(at).copied().unwrap_or(NULL)))
    }

    /// The rows of a set with a text, not ended at `now`, whose code is one of those marked.
    pub fn select(&self, within: &Bits, marked: &[bool], now: i64) -> Bits {
        let rows = within.len();
        if self.codes.is_empty() {
            return Bits::none(rows);
        }
        if self.ends.is_empty() {
            let (starts, codes) = (&self.starts[..=rows], &self.codes[..]);
            return within.refine(|row| {
                let range = starts[row] as usize..starts[row + 1] as usize;
                codes[range].iter().any(|code| marked[*code as usize])
            });
        }
        within
            .refine(|row| self.get(row).any(|(code, end)| marked[code as usize] && lives(end, now)))
    }

    /// How many of the rows have each code, not ended at `now`.
    pub fn count(&self, rows: &Bits, now: i64) -> Vec<u64> {
        let mut counts = vec![0; self.dictionary.codes()];
        for row in rows.iter() {
            let mut before = 0;
            for (code, end) in self.get(row) {
                // A text may be listed with several ends, one after the other.
                if code != before && lives(end, now) {
                    counts[code as usize] += 1;
                    before = code;
                }
            }
        }
        counts
    }

    pub fn encode(&self, writer: &mut Writer) {
        self.dictionary.encode(writer);
        write_lengths(writer, &self.starts);
        writer.planes(&self.codes.iter().map(|code| u64::from(*code)).collect::<Vec<_>>());
        IntegerColumn::new(self.ends.clone()).encode(writer);
    }

    pub fn decode(reader: &mut Reader<'_>, rows: usize, limit: usize) -> Result<Self, DecodeError> {
        let dictionary = Dictionary::decode(reader)?;
        let (starts, count) = read_lengths(reader, rows, limit)?;
        let codes = dictionary.read_codes(reader, count)?;
        let ends = IntegerColumn::decode(reader, count)?;
        let ends = (0..count).map(|at| ends.get(at)).collect();
        Ok(Self { dictionary, starts, codes, ends }.tidy())
    }
}

/// Whether a text with an end is there at a time.
pub(crate) const fn lives(end: i64, now: i64) -> bool {
    end == NULL || end > now
}

/// Writes the lengths of lists that lie one after the other.
pub(crate) fn write_lengths(writer: &mut Writer, starts: &[u32]) {
    let lengths: Vec<u64> = starts.windows(2).map(|pair| u64::from(pair[1] - pair[0])).collect();
    writer.planes(&lengths);
}

/// Where each of the lists begins, and the number of their elements, which take at most `limit`
/// bytes: elements that are all zero have no stored bytes that would bound them.
pub(crate) fn read_lengths(
    reader: &mut Reader<'_>,
    rows: usize,
    limit: usize,
) -> Result<(Vec<u32>, usize), DecodeError> {
    let mut starts = Vec::with_capacity(rows + 1);
    let mut total = 0u64;
    starts.push(0);
    for length in reader.planes(rows)? {
        total = total.saturating_add(length);
        let start = u32::try_from(total);
        starts.push(start.map_err(|_| DecodeError::Inconsistent("the length of a list"))?);
    }
    if total > (limit / size_of::<u64>()) as u64 {
        return Err(DecodeError::TooLarge { limit });
    }
    Ok((starts, total as usize))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TextTest;

    fn rows(column: &ListColumn, count: usize, value: &str, now: i64) -> Vec<usize> {
        let marked = column.dictionary.matching(TextTest::Equal, &[value.to_owned()]);
        column.select(&Bits::all(count), &marked, now).iter().collect()
    }

    #[test]
    fn a_text_with_an_end_counts_until_then() {
        let lists = vec![vec![("a", 100)], vec![], vec![("b", NULL), ("a", NULL)], vec![("a", 5)]];
        let column = ListColumn::build(&lists);
        let mut writer = Writer::default();
        column.encode(&mut writer);
        let read = ListColumn::decode(&mut Reader::new(&writer.bytes), 4, 1_000).expect("whole");
        let merged = ListColumn::merge(&[&column], &[(0, 0), (0, 1), (0, 2), (0, 3)]);
        for column in [column, read, merged] {
            assert_eq!(rows(&column, 4, "a", 4), [0, 2, 3]);
            assert_eq!(rows(&column, 4, "A", 99), [0, 2]);
            assert_eq!(rows(&column, 4, "a", 100), [2]);
            assert_eq!(column.count(&Bits::all(4), 50), [0, 2, 1]);
        }
    }

    #[test]
    fn lists_that_need_too_much_memory_are_not_read() {
        let mut writer = Writer::default();
        Dictionary::default().encode(&mut writer);
        write_lengths(&mut writer, &[0, u32::MAX]);
        // As many codes and ends, which take no bytes when all are zero.
        writer.raw(&[0, 0, 0, 1, 0]);
        let read = ListColumn::decode(&mut Reader::new(&writer.bytes), 1, 1 << 20);
        assert!(matches!(read, Err(DecodeError::TooLarge { limit: 0x10_0000 })));
    }
}
