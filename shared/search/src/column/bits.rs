//! A set of rows, one bit each.

/// A set of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bits {
    words: Vec<u64>,
    len: usize,
}

impl Bits {
    pub fn none(len: usize) -> Self {
        Self { words: vec![0; len.div_ceil(64)], len }
    }

    pub fn all(len: usize) -> Self {
        let mut bits = Self { words: vec![u64::MAX; len.div_ceil(64)], len };
        bits.clear_beyond();
        bits
    }

    /// The rows for which a test holds.
    pub fn from_fn(len: usize, mut test: impl FnMut(usize) -> bool) -> Self {
        let mut words = Vec::with_capacity(len.div_ceil(64));
        let mut start = 0;
        while start < len {
            let end = (start + 64).min(len);
            let mut word = 0u64;
            for row in start..end {
                word |= u64::from(test(row)) << (row - start);
            }
            words.push(word);
            start = end;
        }
        Self { words, len }
    }

    /// The rows of this set for which a test holds.
    pub fn refine(&self, mut test: impl FnMut(usize) -> bool) -> Self {
        // From this many rows of 64 on, to test all without branches costs less.
        const DENSE: u32 = 20;
        let mut words = Vec::with_capacity(self.words.len());
        for (index, word) in self.words.iter().enumerate() {
            let start = index * 64;
            let mut kept = 0u64;
            if word.count_ones() >= DENSE && start + 64 <= self.len {
                for bit in 0..64 {
                    kept |= u64::from(test(start + bit)) << bit;
                }
                kept &= word;
            } else {
                let mut left = *word;
                while left != 0 {
                    let bit = left.trailing_zeros();
                    left &= left - 1;
                    kept |= u64::from(test(start + bit as usize)) << bit;
                }
            }
            words.push(kept);
        }
        Self { words, len: self.len }
    }

    fn clear_beyond(&mut self) {
        if let (Some(last), used @ 1..) = (self.words.last_mut(), self.len % 64) {
            *last &= (1 << used) - 1;
        }
    }

    pub const fn len(&self) -> usize {
        self.len
    }

    pub fn get(&self, row: usize) -> bool {
        self.words[row / 64] >> (row % 64) & 1 == 1
    }

    pub fn set(&mut self, row: usize) {
        self.words[row / 64] |= 1 << (row % 64);
    }

    pub fn clear(&mut self, row: usize) {
        self.words[row / 64] &= !(1 << (row % 64));
    }

    pub fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub fn and(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= other;
        }
    }

    pub fn or(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word |= other;
        }
    }

    pub fn invert(&mut self) {
        for word in &mut self.words {
            *word = !*word;
        }
        self.clear_beyond();
    }

    /// The rows of the set, in order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(index, word)| {
            let mut word = *word;
            std::iter::from_fn(move || {
                if word == 0 {
                    return None;
                }
                let bit = word.trailing_zeros() as usize;
                word &= word - 1;
                Some(index * 64 + bit)
            })
        })
    }

    /// The set as bytes, eight rows each.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes: Vec<u8> = self.words.iter().flat_map(|word| word.to_le_bytes()).collect();
        bytes.truncate(self.len.div_ceil(8));
        bytes
    }

    /// The set from the bytes of [`to_bytes`](Self::to_bytes).
    pub fn from_bytes(bytes: &[u8], len: usize) -> Self {
        let word = |chunk: &[u8]| {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            u64::from_le_bytes(word)
        };
        let mut bits = Self { words: bytes.chunks(8).map(word).collect(), len };
        bits.words.resize(len.div_ceil(64), 0);
        bits.clear_beyond();
        bits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_every_length_hold_exactly_their_rows() {
        for len in [0, 1, 63, 64, 65, 200] {
            let thirds = Bits::from_fn(len, |row| row % 3 == 0);
            let rows: Vec<usize> = (0..len).filter(|row| row % 3 == 0).collect();
            assert_eq!(thirds.iter().collect::<Vec<_>>(), rows);
            assert_eq!(thirds.count(), rows.len());
            let mut others = thirds.clone();
            others.invert();
            assert_eq!(others.count(), len - rows.len());
            let mut both = others.clone();
            both.or(&thirds);
            assert_eq!(both, Bits::all(len));
            both.and(&thirds);
            assert_eq!(both, thirds);
            let sixths = thirds.refine(|row| row % 2 == 0);
            assert_eq!(sixths, Bits::from_fn(len, |row| row % 6 == 0));
            assert_eq!(Bits::all(len).refine(|row| row % 3 == 0), thirds);
            assert_eq!(Bits::from_bytes(&thirds.to_bytes(), len), thirds);
        }
    }

    #[test]
    fn a_row_can_be_added_and_removed() {
        let mut bits = Bits::none(100);
        bits.set(70);
        assert!(bits.get(70) && !bits.get(69));
        bits.clear(70);
        assert_eq!(bits, Bits::none(100));
    }
}
