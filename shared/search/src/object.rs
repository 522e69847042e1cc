//! The stored objects of an index: a base of all users, and deltas of changed ones.
//!
//! An object begins with four bytes that say what it is, the number of its format, and whether the
//! rest is packed as a whole. The manifest has its length and checksum.

use sha2::{Digest, Sha256};

use crate::{
    DecodeError,
    codec::{Reader, Writer},
    index::Changes,
    segment::{MAX_UNPACKED, Segment},
};

/// The number of the stored format. An object of a later format is not read; the index is rebuilt.
pub const FORMAT: u8 = 1;

const BASE: &[u8; 4] = b"PVUB";
const DELTA: &[u8; 4] = b"PVUD";
/// The level of compression of deltas, which are small.
const LEVEL: i32 = 9;

const PLAIN: u8 = 0;
const PACKED: u8 = 1;

/// Texts that most users have, with which deltas of one user are packed. A part of the format: with
/// another one, stored deltas cannot be read.
const COMMON: &[u8] = b"suspensionbanscheduledheldexecutingfacebookapplegithubgooglefreepaid\
educationalenterpriseundisclosedothermalefemaleAFANNAOCSAEUASUTCAmerica/Africa/Asia/Europe/\
learning_pathcohorteventbundlecoursecancelledexpiredcompletedphoneoauthemailpending_verification\
inactivedeletedactiveinstructoradminlearner.example@outlook.com@gmail.com";

/// The bytes of a base.
pub(crate) fn encode_base(segment: &Segment) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.raw(BASE);
    writer.u8(FORMAT);
    writer.u8(PLAIN);
    segment.encode(&mut writer);
    writer.bytes
}

/// The bytes of a delta.
pub(crate) fn encode_delta(changes: &Changes) -> Vec<u8> {
    let mut body = Writer::default();
    changes.encode(&mut body);
    let mut writer = Writer::default();
    writer.raw(DELTA);
    writer.u8(FORMAT);
    let packed = zstd::bulk::Compressor::with_dictionary(LEVEL, COMMON)
        .and_then(|mut compressor| compressor.compress(&body.bytes));
    match packed {
        Ok(packed) if packed.len() + 4 < body.bytes.len() => {
            writer.u8(PACKED);
            writer.number(body.bytes.len() as u64);
            writer.raw(&packed);
        }
        _ => {
            writer.u8(PLAIN);
            writer.raw(&body.bytes);
        }
    }
    writer.bytes
}

/// The segment of a base whose columns unpack to at most `limit` bytes.
pub(crate) fn decode_base(bytes: &[u8], limit: usize) -> Result<Segment, DecodeError> {
    let mut reader = Reader::new(bytes);
    if open(&mut reader, BASE)? != PLAIN {
        return Err(DecodeError::Compression);
    }
    let segment = Segment::decode(&mut reader, limit.min(MAX_UNPACKED))?;
    if !reader.is_empty() {
        return Err(DecodeError::Inconsistent("bytes after the end"));
    }
    Ok(segment)
}

/// The changes of a delta.
pub(crate) fn decode_delta(bytes: &[u8], limit: usize) -> Result<Changes, DecodeError> {
    let mut reader = Reader::new(bytes);
    let unpacked;
    if open(&mut reader, DELTA)? == PACKED {
        let size = reader.length()?;
        if size > limit {
            return Err(DecodeError::TooLarge { limit });
        }
        let packed = reader.rest();
        unpacked = zstd::bulk::Decompressor::with_dictionary(COMMON)
            .and_then(|mut decompressor| decompressor.decompress(packed, size))
            .map_err(|_| DecodeError::Compression)?;
        reader = Reader::new(&unpacked);
    }
    let changes = Changes::decode(&mut reader, limit)?;
    if !reader.is_empty() {
        return Err(DecodeError::Inconsistent("bytes after the end"));
    }
    Ok(changes)
}

fn open(reader: &mut Reader<'_>, magic: &[u8; 4]) -> Result<u8, DecodeError> {
    if reader.raw(4)? != magic {
        return Err(DecodeError::WrongMagic);
    }
    match reader.u8()? {
        FORMAT => reader.u8(),
        other => Err(DecodeError::UnknownFormat(other)),
    }
}

/// The SHA-256 checksum of bytes, in hexadecimal digits.
pub(crate) fn checksum(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use provost_domain::Timestamp;

    use super::*;
    use crate::{
        Index, Tombstone,
        synthetic::{Numbers, Population},
    };

    const LIMIT: usize = 1 << 20;

    fn population() -> Population {
        Population { seed: 4, users: 60, now: Timestamp::from_millis(1_795_942_800_000) }
    }

    fn objects() -> (Vec<u8>, Vec<u8>) {
        let population = population();
        let records: Vec<_> = (0..60).map(|number| population.user(number, 1)).collect();
        let removed = Tombstone { id: population.id(3), version: 9, erased: true };
        let base = encode_base(&Segment::from_records(&records));
        (base, encode_delta(&Changes::new(&records[..2], vec![removed])))
    }

    #[test]
    fn an_object_reads_back_to_the_same_bytes() {
        let (base, delta) = objects();
        let segment = decode_base(&base, LIMIT).expect("a base");
        assert_eq!(segment.rows(), 60);
        assert_eq!(encode_base(&segment), base);
        let changes = decode_delta(&delta, LIMIT).expect("a delta");
        assert_eq!((changes.len(), changes.removed[0].version), (3, 9));
        assert_eq!(encode_delta(&changes), delta);
        assert!(matches!(decode_base(&delta, LIMIT), Err(DecodeError::WrongMagic)));
    }

    #[test]
    fn a_compacted_segment_is_that_of_the_records() {
        let population = population();
        let mut records: Vec<_> = (0..60).map(|number| population.user(number, 1)).collect();
        let mut index = Index::from_records(&records);
        for number in [5, 7, 50] {
            records[number] = population.user(number as u64, 2);
            index.apply(&Changes::new(&records[number..=number], Vec::new()));
        }
        let removed = Tombstone { id: records.remove(20).id, version: u64::MAX, erased: true };
        index.apply(&Changes::new(&[], vec![removed]));
        let expected = encode_base(&Segment::from_records(&records));
        assert_eq!(encode_base(&index.compacted()), expected);
    }

    #[test]
    fn damaged_bytes_are_an_error_and_never_a_panic() {
        let (base, delta) = objects();
        let mut n = Numbers::new(1);
        for round in 0..2_000 {
            let mut bytes = if round % 2 == 0 { base.clone() } else { delta.clone() };
            for _ in 0..1 + n.below(3) {
                let at = n.below(bytes.len() as u64) as usize;
                bytes[at] = n.next() as u8;
            }
            if n.percent(20) {
                bytes.truncate(n.below(bytes.len() as u64) as usize);
            }
            // Some damage gives other values; what matters is that reading ends.
            let _ = decode_base(&bytes, LIMIT);
            let _ = decode_delta(&bytes, LIMIT);
        }
        for length in 0..base.len() {
            assert!(decode_base(&base[..length], LIMIT).is_err());
        }
    }

    #[test]
    fn an_unknown_column_is_skipped_and_a_missing_one_is_empty() {
        let population = population();
        let segment = Segment::from_records(&[population.user(1, 1)]);
        let bytes = encode_base(&segment);
        let mut longer = bytes.clone();
        longer.pop();
        // A column 999 of three bytes, and the end again.
        longer.extend([0xe7, 0x07, 0, 3, 1, 2, 3, 0]);
        let read = decode_base(&longer, LIMIT).expect("a base of a later release");
        assert_eq!(encode_base(&read), bytes);
        let empty = Segment::from_records(&[]);
        assert_eq!(decode_base(&encode_base(&empty), LIMIT).map(|segment| segment.rows()), Ok(0));
    }

    #[test]
    fn a_base_that_needs_too_much_memory_is_not_read() {
        let (base, _) = objects();
        assert!(matches!(decode_base(&base, 2_000), Err(DecodeError::TooLarge { limit: 2_000 })));
    }

    #[test]
    fn one_changed_user_takes_less_than_500_bytes() {
        let population = population();
        let size =
            |number| encode_delta(&Changes::new(&[population.user(number, 2)], Vec::new())).len();
        let sizes: Vec<usize> = (0..60).map(size).collect();
        assert!(sizes.iter().all(|size| *size <= 500), "{sizes:?}");
    }
}
