//! A deterministic random generator, so that the same number creates the same users on every
//! machine.

/// A stream of random choices: SplitMix64, whose entire state is one number.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// The choices about one subject.
    pub fn about(number: u64, what: u64, index: u64) -> Self {
        let mut chance = Self(
            number.wrapping_mul(0x9e37_79b9_7f4a_7c15)
                ^ what.rotate_left(32)
                ^ index.wrapping_mul(0xd1b5_4a32_d192_ed03),
        );
        chance.next();
        chance
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 if `end` is 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next().checked_rem(end).unwrap_or(0)
    }

    /// A number from `low` to `high`, both inclusive.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True with a probability of one in `many`.
    pub fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }

    /// One element; the list must not be empty.
    pub fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        let index = usize::try_from(self.below(from.len() as u64)).unwrap_or(0);
        from[index]
    }

    /// 80 random bits, for identifiers.
    pub fn bits(&mut self) -> u128 {
        (u128::from(self.next()) << 16 | u128::from(self.below(1 << 16))) & ((1 << 80) - 1)
    }
}

/// Converts a small count to a signed number, for times.
pub fn to_signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_number_gives_the_same_choices() {
        let roll = |number| {
            let mut chance = Chance::about(number, 1, 2);
            [chance.below(1000), chance.below(1000), chance.between(5, 9)]
        };
        assert_eq!(roll(7), roll(7));
        assert_ne!(roll(7), roll(8));
        assert!((5..=9).contains(&roll(7)[2]));
    }
}
