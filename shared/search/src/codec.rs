//! Reading and writing the bytes of stored objects: numbers, lengths and arrays, all checked.

/// Stored bytes are not what this release can read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes end before the data does.
    #[error("the object ends too early")]
    Truncated,
    /// A length, a code or a position is outside of what it refers to.
    #[error("the object contradicts itself: {0}")]
    Inconsistent(&'static str),
    /// The bytes do not begin as an object of this kind.
    #[error("the object is not part of a user index")]
    WrongMagic,
    /// A later release wrote the object.
    #[error("the object has format {0}, which this release cannot read")]
    UnknownFormat(u8),
    /// The bytes cannot be unpacked.
    #[error("the object cannot be unpacked")]
    Compression,
    /// The data unpacks to more bytes than the reader may use.
    #[error("the object unpacks to more than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
}

/// Appends numbers and arrays to bytes.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    pub bytes: Vec<u8>,
}

impl Writer {
    pub fn u8(&mut self, value: u8) {
        self.bytes.push(value);
    }

    /// A number in as many groups of seven bits as it needs (LEB128).
    pub fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push((value as u8 & 0x7f) | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    /// A number that may be negative, those near zero in few bytes.
    pub fn signed(&mut self, value: i64) {
        self.number(((value << 1) ^ (value >> 63)) as u64);
    }

    pub fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Bytes with their length before them.
    pub fn block(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.raw(bytes);
    }

    /// Numbers as planes of bytes: all lowest bytes, then all second bytes, and so on. The upper
    /// planes of numbers of similar size are similar bytes, which compress well.
    pub fn planes(&mut self, values: &[u64]) {
        let bits = values.iter().fold(0, |all, value| all | value);
        let width = 8 - bits.leading_zeros() as usize / 8;
        self.u8(width as u8);
        for plane in 0..width {
            self.bytes.extend(values.iter().map(|value| (value >> (8 * plane)) as u8));
        }
    }
}

/// Takes numbers and arrays from bytes.
#[derive(Debug, Clone)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub fn raw(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self.bytes.split_at_checked(length).ok_or(DecodeError::Truncated)?;
        self.bytes = rest;
        Ok(taken)
    }

    /// Everything that is left.
    pub const fn rest(&mut self) -> &'a [u8] {
        let rest = self.bytes;
        self.bytes = &[];
        rest
    }

    pub fn u8(&mut self) -> Result<u8, DecodeError> {
        self.raw(1).map(|byte| byte[0])
    }

    pub fn number(&mut self) -> Result<u64, DecodeError> {
        let mut value = 0u64;
        for group in 0..10 {
            let byte = self.u8()?;
            value |= u64::from(byte & 0x7f) << (7 * group);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(DecodeError::Inconsistent("a number is too long"))
    }

    pub fn signed(&mut self) -> Result<i64, DecodeError> {
        let value = self.number()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    pub fn length(&mut self) -> Result<usize, DecodeError> {
        usize::try_from(self.number()?).map_err(|_| DecodeError::Inconsistent("a length"))
    }

    pub fn block(&mut self) -> Result<&'a [u8], DecodeError> {
        let length = self.length()?;
        self.raw(length)
    }

    pub fn text(&mut self) -> Result<String, DecodeError> {
        let bytes = self.block()?;
        let text = std::str::from_utf8(bytes);
        text.map(str::to_owned).map_err(|_| DecodeError::Inconsistent("a text"))
    }

    pub fn planes(&mut self, count: usize) -> Result<Vec<u64>, DecodeError> {
        let width = usize::from(self.u8()?);
        if width > 8 {
            return Err(DecodeError::Inconsistent("the width of a number"));
        }
        // Without planes nothing bounds the count, so the caller checks it against the
        // rows, or against the memory that it may use.
        let size = width.checked_mul(count).ok_or(DecodeError::Truncated)?;
        let bytes = self.raw(size)?;
        let mut values = vec![0u64; count];
        for plane in 0..width {
            let from = &bytes[plane * count..(plane + 1) * count];
            for (value, byte) in values.iter_mut().zip(from) {
                *value |= u64::from(*byte) << (8 * plane);
            }
        }
        Ok(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_arrays_read_back() {
        let mut writer = Writer::default();
        let numbers = [0, 1, 127, 128, 300, u64::MAX];
        numbers.iter().for_each(|number| writer.number(*number));
        let signed = [0, -1, 1, i64::MIN, i64::MAX];
        signed.iter().for_each(|number| writer.signed(*number));
        writer.block(b"abc");
        writer.planes(&[]);
        writer.planes(&[0, 0]);
        writer.planes(&[1, 256, 65_535, 0]);
        writer.planes(&[u64::MAX, 7]);
        let mut reader = Reader::new(&writer.bytes);
        assert!(numbers.iter().all(|number| reader.number() == Ok(*number)));
        assert!(signed.iter().all(|number| reader.signed() == Ok(*number)));
        assert_eq!(reader.block(), Ok(&b"abc"[..]));
        assert_eq!(reader.planes(0), Ok(vec![]));
        assert_eq!(reader.planes(2), Ok(vec![0, 0]));
        assert_eq!(reader.planes(4), Ok(vec![1, 256, 65_535, 0]));
        assert_eq!(reader.planes(2), Ok(vec![u64::MAX, 7]));
        assert!(reader.is_empty());
        assert_eq!(reader.u8(), Err(DecodeError::Truncated));
    }

    #[test]
    fn a_length_beyond_the_bytes_is_an_error() {
        let mut reader = Reader::new(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]);
        assert_eq!(reader.block(), Err(DecodeError::Truncated));
        assert_eq!(
            Reader::new(&[0xff; 11]).number(),
            Err(DecodeError::Inconsistent("a number is too long"))
        );
        assert_eq!(Reader::new(&[8, 1]).planes(usize::MAX), Err(DecodeError::Truncated));
    }
}
