//! A column of whole numbers: counts, times in milliseconds, dates in days.

use super::{Bits, Origin};
use crate::codec::{DecodeError, Reader, Writer};

/// No value.
pub(crate) const NULL: i64 = i64::MIN;

/// A number for each row, or [`NULL`]. A column without any value holds nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct IntegerColumn {
    values: Vec<i64>,
}

impl IntegerColumn {
    pub fn new(values: Vec<i64>) -> Self {
        if values.iter().all(|value| *value == NULL) { Self::default() } else { Self { values } }
    }

    pub const fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub fn get(&self, row: usize) -> i64 {
        self.values.get(row).copied().unwrap_or(NULL)
    }

    pub fn erase(&mut self, row: usize) {
        if let Some(value) = self.values.get_mut(row) {
            *value = NULL;
        }
    }

    /// The rows of a set with a value for which a test holds.
    pub fn select(&self, within: &Bits, test: impl Fn(i64) -> bool) -> Bits {
        if self.values.is_empty() {
            return Bits::none(within.len());
        }
        let values = &self.values[..within.len()];
        within.refine(|row| {
            let value = values[row];
            (value != NULL) & test(value)
        })
    }

    pub fn merge(parts: &[&Self], order: &[Origin]) -> Self {
        if parts.iter().all(|part| part.is_empty()) {
            return Self::default();
        }
        let value = |(part, row): &Origin| parts[*part as usize].get(*row as usize);
        Self::new(order.iter().map(value).collect())
    }

    /// Writes the values as multiples of their greatest common divisor above the smallest one.
    pub fn encode(&self, writer: &mut Writer) {
        let present: Vec<i64> = self.values.iter().copied().filter(|v| *v != NULL).collect();
        writer.number(present.len() as u64);
        if !present.is_empty() && present.len() < self.values.len() {
            let set = Bits::from_fn(self.values.len(), |row| self.values[row] != NULL);
            writer.raw(&set.to_bytes());
        }
        let smallest = present.iter().copied().min().unwrap_or_default();
        let above = |value: &i64| value.wrapping_sub(smallest) as u64;
        let divisor = present.iter().map(above).fold(0, greatest_common_divisor).max(1);
        writer.signed(smallest);
        writer.number(divisor);
        let multiples: Vec<u64> = present.iter().map(|value| above(value) / divisor).collect();
        writer.planes(&multiples);
    }

    pub fn decode(reader: &mut Reader<'_>, rows: usize) -> Result<Self, DecodeError> {
        let present = reader.length()?;
        if present > rows {
            return Err(DecodeError::Inconsistent("more numbers than users"));
        }
        if present == 0 {
            reader.signed()?;
            reader.number()?;
            reader.planes(0)?;
            return Ok(Self::default());
        }
        let set = (present < rows)
            .then(|| reader.raw(rows.div_ceil(8)).map(|bytes| Bits::from_bytes(bytes, rows)))
            .transpose()?;
        let smallest = reader.signed()?;
        let divisor = reader.number()?;
        let multiples = reader.planes(present)?;
        let value = |multiple: u64| smallest.wrapping_add(multiple.wrapping_mul(divisor) as i64);
        let Some(set) = set else {
            return Ok(Self::new(multiples.into_iter().map(value).collect()));
        };
        if set.count() != present {
            return Err(DecodeError::Inconsistent("the number of numbers"));
        }
        let mut values = vec![NULL; rows];
        for (row, multiple) in set.iter().zip(multiples) {
            values[row] = value(multiple);
        }
        Ok(Self::new(values))
    }
}

const fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back_with_their_gaps() {
        for values in [
            vec![],
            vec![NULL, NULL],
            vec![5],
            vec![NULL, -3, i64::MAX, 0, i64::MIN + 1],
            (0..100).map(|n| 1_700_000_000_000 + n * 300_000).collect(),
        ] {
            let column = IntegerColumn::new(values.clone());
            let mut writer = Writer::default();
            column.encode(&mut writer);
            let read = IntegerColumn::decode(&mut Reader::new(&writer.bytes), values.len());
            assert_eq!(read, Ok(column));
        }
    }

    #[test]
    fn rounded_times_take_few_bytes() {
        let times = (0..200).map(|n| 1_700_000_000_000 + (n * 37 % 200) * 300_000).collect();
        let mut writer = Writer::default();
        IntegerColumn::new(times).encode(&mut writer);
        assert!(writer.bytes.len() < 220, "{}", writer.bytes.len());
    }
}
