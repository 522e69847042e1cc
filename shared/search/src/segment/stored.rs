//! The stored form of a segment: each column with its number and lengths, packed by itself, so that
//! a reader skips those that it does not know and does without those that are missing.

use super::{
    FLAGS, INTEGERS, KEYWORDS, LISTS, Segment, TEXTS, Text,
    layout::{EXACT_EXTERNAL_IDS, UMLAUTS, VERSIONS, tag},
};
use crate::{
    Field,
    codec::{DecodeError, Reader, Writer},
    column::{
        Bits, EnrollmentColumn, IntegerColumn, KeywordColumn, ListColumn, TextColumn, TokenIndex,
    },
    text::TEXT_RULES,
};

/// The level of compression. A higher one saves 8 % for six times the time.
const LEVEL: i32 = 3;
/// Columns up to this size are not packed by themselves.
const SMALL: usize = 256;
/// The most that the columns of one object may unpack to.
pub(crate) const MAX_UNPACKED: usize = 4 << 30;

const PLAIN: u8 = 0;
const ZSTD: u8 = 1;

impl Text {
    const fn tag(self) -> u64 {
        match self {
            Self::Umlaut => UMLAUTS,
            Self::ExternalIdExact => EXACT_EXTERNAL_IDS,
            other => tag(other.field()),
        }
    }
}

/// Writes the columns of a segment one after the other.
struct Columns<'a> {
    writer: &'a mut Writer,
}

impl Columns<'_> {
    fn add(&mut self, tag: u64, write: impl FnOnce(&mut Writer)) {
        let mut column = Writer::default();
        write(&mut column);
        let bytes = column.bytes;
        self.writer.number(tag);
        if bytes.len() > SMALL
            && let Ok(packed) = zstd::bulk::compress(&bytes, LEVEL)
            && packed.len() < bytes.len()
        {
            self.writer.u8(ZSTD);
            self.writer.number(bytes.len() as u64);
            self.writer.block(&packed);
        } else {
            self.writer.u8(PLAIN);
            self.writer.block(&bytes);
        }
    }
}

impl Segment {
    /// Appends the segment to bytes.
    pub fn encode(&self, writer: &mut Writer) {
        writer.u8(TEXT_RULES);
        writer.number(self.rows() as u64);
        let rows = self.rows();
        let mut columns = Columns { writer };
        columns.add(tag(Field::Id), |column| self.encode_ids(column));
        columns.add(VERSIONS, |column| column.planes(&self.versions));
        for text in TEXTS.into_iter().filter(|text| self.text(*text).len() > 0) {
            columns.add(text.tag(), |column| self.text(text).encode(column));
        }
        for field in KEYWORDS.fields().filter(|field| !self.keyword(*field).is_empty()) {
            columns.add(tag(field), |column| self.keyword(field).encode(column, rows));
        }
        for field in LISTS.fields().filter(|field| self.list(*field).dictionary.codes() > 1) {
            columns.add(tag(field), |column| self.list(field).encode(column));
        }
        for field in FLAGS.fields() {
            let set = self.flag(field);
            if set.count() > 0 {
                columns.add(tag(field), |column| column.raw(&set.to_bytes()));
            }
        }
        for field in INTEGERS.fields().filter(|field| !self.integer(*field).is_empty()) {
            if field == Field::CreatedAt {
                // An id begins with a time, which mostly is that of the creation.
                let differences = (0..rows)
                    .map(|row| self.integer(field).get(row).wrapping_sub(id_millis(self.ids[row])));
                let column = IntegerColumn::new(differences.collect());
                columns.add(tag(field), |writer| column.encode(writer));
            } else {
                columns.add(tag(field), |column| self.integer(field).encode(column));
            }
        }
        if self.enrollments.present(rows).count() > 0 {
            columns.add(tag(Field::Enrollments), |column| self.enrollments.encode(column));
        }
        writer.number(0);
    }

    fn encode_ids(&self, writer: &mut Writer) {
        let mut before = 0;
        let mut steps = Vec::with_capacity(self.rows());
        for id in &self.ids {
            let time = (id >> 80) as u64;
            steps.push(time - before);
            before = time;
        }
        writer.planes(&steps);
        for id in &self.ids {
            writer.raw(&id.to_be_bytes()[6..]);
        }
    }

    /// Takes a segment from bytes, which are everything up to the end of the segment.
    pub fn decode(reader: &mut Reader<'_>, limit: usize) -> Result<Self, DecodeError> {
        let rules = reader.u8()?;
        if rules != TEXT_RULES {
            return Err(DecodeError::UnknownFormat(rules));
        }
        let rows = reader.length()?;
        // Each row has an id with ten bytes of its own.
        if rows > limit / 10 || rows >= u32::MAX as usize {
            return Err(DecodeError::TooLarge { limit });
        }
        let mut segment = Self {
            ids: Vec::new(),
            versions: Vec::new(),
            texts: TEXTS.map(|_| TextColumn::default()).into(),
            tokens: TokenIndex::default(),
            keywords: KEYWORDS.fields().map(|_| KeywordColumn::default()).collect(),
            lists: LISTS.fields().map(|_| ListColumn::default()).collect(),
            flags: Vec::new(),
            integers: INTEGERS.fields().map(|_| IntegerColumn::default()).collect(),
            enrollments: EnrollmentColumn::default(),
            orders: Vec::new(),
            erased: None,
        };
        let mut left = limit;
        loop {
            let number = reader.number()?;
            if number == 0 {
                break;
            }
            let packed = match reader.u8()? {
                PLAIN => None,
                ZSTD => Some(reader.length()?),
                _ => return Err(DecodeError::Compression),
            };
            let stored = reader.block()?;
            let size = packed.unwrap_or(stored.len());
            left = left.checked_sub(size).ok_or(DecodeError::TooLarge { limit })?;
            if !is_known(number) {
                continue;
            }
            let unpacked;
            let bytes = match packed {
                None => stored,
                Some(size) => {
                    unpacked = zstd::bulk::decompress(stored, size)
                        .map_err(|_| DecodeError::Compression)?;
                    &unpacked
                }
            };
            let mut column = Reader::new(bytes);
            segment.decode_column(number, &mut column, rows, limit)?;
            if !column.is_empty() {
                return Err(DecodeError::Inconsistent("a column is too long"));
            }
        }
        if segment.ids.len() != rows {
            return Err(DecodeError::Inconsistent("the ids are missing"));
        }
        segment.versions.resize(rows, 0);
        segment.flags.resize(rows, 0);
        segment.add_id_times();
        Ok(segment.assemble())
    }

    fn decode_column(
        &mut self,
        number: u64,
        reader: &mut Reader<'_>,
        rows: usize,
        limit: usize,
    ) -> Result<(), DecodeError> {
        if number == tag(Field::Id) {
            self.ids = decode_ids(reader, rows)?;
        } else if number == VERSIONS {
            self.versions = reader.planes(rows)?;
        } else if number == tag(Field::Enrollments) {
            self.enrollments = EnrollmentColumn::decode(reader, rows, limit)?;
        } else if let Some(text) = TEXTS.into_iter().find(|text| text.tag() == number) {
            self.texts[text as usize] = TextColumn::decode(reader, rows, limit)?;
        } else if let Some(at) = KEYWORDS.fields().position(|field| tag(field) == number) {
            self.keywords[at] = KeywordColumn::decode(reader, rows)?;
        } else if let Some(at) = LISTS.fields().position(|field| tag(field) == number) {
            self.lists[at] = ListColumn::decode(reader, rows, limit)?;
        } else if let Some(at) = INTEGERS.fields().position(|field| tag(field) == number) {
            self.integers[at] = IntegerColumn::decode(reader, rows)?;
        } else if let Some(bit) = FLAGS.fields().position(|field| tag(field) == number) {
            self.flags.resize(rows, 0);
            let set = Bits::from_bytes(reader.raw(rows.div_ceil(8))?, rows);
            set.iter().for_each(|row| self.flags[row] |= 1 << bit);
        }
        Ok(())
    }

    fn add_id_times(&mut self) {
        let at = INTEGERS.position(Field::CreatedAt);
        if self.integers[at].is_empty() {
            return;
        }
        let created = (0..self.rows())
            .map(|row| self.integers[at].get(row).wrapping_add(id_millis(self.ids[row])));
        self.integers[at] = IntegerColumn::new(created.collect());
    }
}

fn is_known(number: u64) -> bool {
    [VERSIONS, UMLAUTS, EXACT_EXTERNAL_IDS].contains(&number)
        || Field::ALL.iter().any(|field| tag(*field) == number)
}

/// The time that an id begins with, in milliseconds.
const fn id_millis(id: u128) -> i64 {
    (id >> 80) as i64
}

fn decode_ids(reader: &mut Reader<'_>, rows: usize) -> Result<Vec<u128>, DecodeError> {
    let steps = reader.planes(rows)?;
    let random = reader.raw(rows * 10)?;
    let mut ids: Vec<u128> = Vec::with_capacity(rows);
    let mut time = 0u64;
    for (step, random) in steps.into_iter().zip(random.chunks_exact(10)) {
        time = time.wrapping_add(step) & ((1 << 48) - 1);
        let mut bytes = [0; 16];
        bytes[..6].copy_from_slice(&time.to_be_bytes()[2..]);
        bytes[6..].copy_from_slice(random);
        let id = u128::from_be_bytes(bytes);
        if ids.last().is_some_and(|before| *before >= id) {
            return Err(DecodeError::Inconsistent("the ids are not in order"));
        }
        ids.push(id);
    }
    Ok(ids)
}
