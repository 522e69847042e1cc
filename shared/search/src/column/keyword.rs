//! A column of texts of which there are few different ones, as codes of a dictionary.

use std::collections::{BTreeSet, HashMap};

use super::{Bits, Origin};
use crate::{
    TextTest,
    codec::{DecodeError, Reader, Writer},
    text::normal_form,
};

/// The different texts of a column, sorted. The code of a text is its position plus one; zero means
/// no text.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Dictionary {
    values: Vec<String>,
    forms: Vec<String>,
}

impl Dictionary {
    pub fn new(values: Vec<String>) -> Self {
        let forms = values.iter().map(|value| normal_form(value)).collect();
        Self { values, forms }
    }

    /// The dictionary of the texts, and the code of each.
    pub fn collect<'a>(texts: impl Iterator<Item = &'a str>) -> (Self, HashMap<&'a str, u32>) {
        let mut codes: HashMap<&str, u32> = texts.map(|text| (text, 0)).collect();
        let mut values: Vec<&str> = codes.keys().copied().collect();
        values.sort_unstable();
        for (position, value) in values.iter().enumerate() {
            codes.insert(value, position as u32 + 1);
        }
        (Self::new(values.into_iter().map(str::to_owned).collect()), codes)
    }

    /// The dictionary of several, without the codes that are no longer used, and for each part the
    /// new code of each old one.
    pub fn merge(parts: &[&Self], used: &[Vec<bool>]) -> (Self, Vec<Vec<u32>>) {
        let mut values = BTreeSet::new();
        for (part, used) in parts.iter().zip(used) {
            let kept = part.values.iter().zip(&used[1..]).filter(|(_, used)| **used);
            values.extend(kept.map(|(value, _)| value.as_str()));
        }
        let values: Vec<&str> = values.into_iter().collect();
        let new_code = |value: &String| {
            values.binary_search(&value.as_str()).map_or(0, |position| position as u32 + 1)
        };
        let codes = |part: &&Self| {
            std::iter::once(0).chain(part.values.iter().map(new_code)).collect::<Vec<u32>>()
        };
        let codes = parts.iter().map(codes).collect();
        (Self::new(values.into_iter().map(str::to_owned).collect()), codes)
    }

    /// The number of codes, zero included.
    pub const fn codes(&self) -> usize {
        self.values.len() + 1
    }

    /// The text of a code.
    pub fn value(&self, code: u32) -> Option<&str> {
        let position = (code as usize).checked_sub(1)?;
        self.values.get(position).map(String::as_str)
    }

    /// The normal form of the text of a code.
    pub fn form(&self, code: u32) -> Option<&str> {
        let position = (code as usize).checked_sub(1)?;
        self.forms.get(position).map(String::as_str)
    }

    /// For each code, the place of its normal form among all; [`u32::MAX`] for no text.
    pub fn places(&self) -> Vec<u32> {
        let mut forms: Vec<&String> = self.forms.iter().collect();
        forms.sort_unstable();
        forms.dedup();
        let place = |form: &String| forms.binary_search(&form).unwrap_or_default() as u32;
        std::iter::once(u32::MAX).chain(self.forms.iter().map(place)).collect()
    }

    /// For each code, whether its text passes a test with one of the values.
    pub fn matching(&self, test: TextTest, values: &[String]) -> Vec<bool> {
        // A text is never empty, so a value that is compares with none.
        let forms = values.iter().map(|value| normal_form(value));
        let values: Vec<String> = forms.filter(|value| !value.is_empty()).collect();
        let passes = |form: &String| values.iter().any(|value| test.holds(form, value));
        std::iter::once(false).chain(self.forms.iter().map(passes)).collect()
    }

    pub fn encode(&self, writer: &mut Writer) {
        writer.number(self.values.len() as u64);
        for value in &self.values {
            writer.block(value.as_bytes());
        }
    }

    pub fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let count = reader.length()?;
        let mut values = Vec::new();
        for _ in 0..count {
            values.push(reader.text()?);
        }
        Ok(Self::new(values))
    }

    /// Reads codes, each of them one of this dictionary.
    pub fn read_codes(
        &self,
        reader: &mut Reader<'_>,
        count: usize,
    ) -> Result<Vec<u32>, DecodeError> {
        let codes = reader.planes(count)?;
        if codes.iter().any(|code| *code >= self.codes() as u64) {
            return Err(DecodeError::Inconsistent("a code that is not in the dictionary"));
        }
        Ok(codes.into_iter().map(|code| code as u32).collect())
    }
}

/// Codes in as few bytes each as the dictionary needs.
#[derive(Debug, Clone)]
enum Codes {
    One(Vec<u8>),
    Two(Vec<u16>),
    Four(Vec<u32>),
}

impl Codes {
    fn new(codes: Vec<u32>, different: usize) -> Self {
        if different <= 1 << 8 {
            Self::One(codes.into_iter().map(|code| code as u8).collect())
        } else if different <= 1 << 16 {
            Self::Two(codes.into_iter().map(|code| code as u16).collect())
        } else {
            Self::Four(codes)
        }
    }

    fn get(&self, row: usize) -> u32 {
        match self {
            Self::One(codes) => codes.get(row).map_or(0, |code| u32::from(*code)),
            Self::Two(codes) => codes.get(row).map_or(0, |code| u32::from(*code)),
            Self::Four(codes) => codes.get(row).copied().unwrap_or(0),
        }
    }
}

/// A text for each row, or none.
#[derive(Debug, Clone)]
pub(crate) struct KeywordColumn {
    pub dictionary: Dictionary,
    codes: Codes,
}

impl Default for KeywordColumn {
    fn default() -> Self {
        Self { dictionary: Dictionary::default(), codes: Codes::One(Vec::new()) }
    }
}

impl KeywordColumn {
    fn new(dictionary: Dictionary, codes: Vec<u32>) -> Self {
        if dictionary.values.is_empty() {
            return Self::default();
        }
        let codes = Codes::new(codes, dictionary.codes());
        Self { dictionary, codes }
    }

    pub fn build(texts: &[Option<&str>]) -> Self {
        let (dictionary, codes) = Dictionary::collect(texts.iter().copied().flatten());
        let code = |text: &Option<&str>| text.and_then(|text| codes.get(text)).copied();
        let codes = texts.iter().map(|text| code(text).unwrap_or(0)).collect();
        Self::new(dictionary, codes)
    }

    pub fn merge(parts: &[&Self], order: &[Origin]) -> Self {
        let dictionaries: Vec<&Dictionary> = parts.iter().map(|part| &part.dictionary).collect();
        let mut used: Vec<Vec<bool>> =
            dictionaries.iter().map(|dictionary| vec![false; dictionary.codes()]).collect();
        for (part, row) in order {
            let code = parts[*part as usize].code(*row as usize);
            used[*part as usize][code as usize] = true;
        }
        let (dictionary, codes) = Dictionary::merge(&dictionaries, &used);
        let code = |(part, row): &Origin| {
            let part = *part as usize;
            codes[part][parts[part].code(*row as usize) as usize]
        };
        Self::new(dictionary, order.iter().map(code).collect())
    }

    pub const fn is_empty(&self) -> bool {
        self.dictionary.values.is_empty()
    }

    /// The code of a row, zero if it has no text.
    pub fn code(&self, row: usize) -> u32 {
        self.codes.get(row)
    }

    /// The text of a row.
    #[cfg(test)]
    pub fn get(&self, row: usize) -> Option<&str> {
        self.dictionary.value(self.code(row))
    }

    pub fn erase(&mut self, row: usize) {
        match &mut self.codes {
            Codes::One(codes) => codes.get_mut(row).into_iter().for_each(|code| *code = 0),
            Codes::Two(codes) => codes.get_mut(row).into_iter().for_each(|code| *code = 0),
            Codes::Four(codes) => codes.get_mut(row).into_iter().for_each(|code| *code = 0),
        }
    }

    /// The rows of a set whose code is one of those marked.
    pub fn select(&self, within: &Bits, marked: &[bool]) -> Bits {
        let rows = within.len();
        if self.is_empty() {
            return Bits::none(rows);
        }
        match &self.codes {
            Codes::One(codes) => {
                // With a table of all bytes the compiler checks no index.
                let mut table = [false; 256];
                table[..marked.len()].copy_from_slice(marked);
                let codes = &codes[..rows];
                within.refine(|row| table[usize::from(codes[row])])
            }
            Codes::Two(codes) => within.refine(|row| marked[usize::from(codes[row])]),
            Codes::Four(codes) => within.refine(|row| marked[codes[row] as usize]),
        }
    }

    /// How often each code occurs among rows.
    pub fn count(&self, rows: &Bits) -> Vec<u64> {
        let mut counts = vec![0; self.dictionary.codes()];
        if self.is_empty() {
            return counts;
        }
        match &self.codes {
            Codes::One(codes) => {
                rows.iter().for_each(|row| counts[usize::from(codes[row])] += 1);
            }
            Codes::Two(codes) => {
                rows.iter().for_each(|row| counts[usize::from(codes[row])] += 1);
            }
            Codes::Four(codes) => rows.iter().for_each(|row| counts[codes[row] as usize] += 1),
        }
        counts
    }

    pub fn encode(&self, writer: &mut Writer, rows: usize) {
        self.dictionary.encode(writer);
        let codes: Vec<u64> = (0..rows).map(|row| u64::from(self.code(row))).collect();
        writer.planes(&codes);
    }

    pub fn decode(reader: &mut Reader<'_>, rows: usize) -> Result<Self, DecodeError> {
        let dictionary = Dictionary::decode(reader)?;
        let codes = dictionary.read_codes(reader, rows)?;
        Ok(Self::new(dictionary, codes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_back(column: &KeywordColumn, rows: usize) -> KeywordColumn {
        let mut writer = Writer::default();
        column.encode(&mut writer, rows);
        KeywordColumn::decode(&mut Reader::new(&writer.bytes), rows).expect("the column is whole")
    }

    #[test]
    fn more_than_65536_different_texts_keep_their_rows() {
        for different in [3, 255, 256, 300, 65_535, 65_536, 70_000] {
            let texts: Vec<String> = (0..different).map(|n| format!("t{n}")).collect();
            let rows: Vec<Option<&str>> =
                texts.iter().map(|text| Some(text.as_str())).chain([None]).collect();
            let column = KeywordColumn::build(&rows);
            let read = read_back(&column, rows.len());
            for row in [0, 1, different / 2, different - 1, different] {
                assert_eq!(column.get(row), rows[row], "{different} texts");
                assert_eq!(read.get(row), rows[row], "{different} texts");
            }
            let marked = column.dictionary.matching(TextTest::Equal, &["T1".to_owned()]);
            assert_eq!(
                column.select(&Bits::all(rows.len()), &marked).iter().collect::<Vec<_>>(),
                [1]
            );
        }
    }

    #[test]
    fn a_text_that_no_row_has_any_more_leaves_the_dictionary() {
        let one = KeywordColumn::build(&[Some("b"), Some("secret"), None]);
        let two = KeywordColumn::build(&[Some("a"), Some("b")]);
        let merged = KeywordColumn::merge(&[&one, &two], &[(1, 0), (0, 0), (0, 2), (1, 1)]);
        assert_eq!(merged.dictionary.values, ["a", "b"]);
        let texts: Vec<_> = (0..4).map(|row| merged.get(row)).collect();
        assert_eq!(texts, [Some("a"), Some("b"), None, Some("b")]);
    }
}
