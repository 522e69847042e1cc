//! The portable hashes of phpass: MD5 over and over, with a salt.

use md5::{Digest, Md5};
use subtle::ConstantTimeEq;

use super::MAX_ROUNDS;
use crate::password::UnusableHash;

/// The digits, by their values.
const DIGITS: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A hash: `$P$`, a digit for the logarithm of the rounds, a salt of 8 characters, and the digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::password) struct Phpass {
    pub(super) text: String,
    rounds: u32,
}

impl Phpass {
    pub(super) fn read(text: &str) -> Result<Self, UnusableHash> {
        let is_digit = |byte: &u8| DIGITS.contains(byte);
        let bytes = text.as_bytes();
        let (Some(log), Some(digest)) = (bytes.get(3), bytes.get(12..)) else {
            return Err(UnusableHash::Unknown);
        };
        let log =
            DIGITS.iter().position(|digit| digit == log).and_then(|log| u32::try_from(log).ok());
        let Some(log @ 7..=30) = log.filter(|_| text.is_ascii()) else {
            return Err(UnusableHash::Unknown);
        };
        if digest.len() != 22 || !digest.iter().all(is_digit) {
            return Err(UnusableHash::Unknown);
        }
        let rounds = 1_u32 << log;
        if rounds > MAX_ROUNDS {
            return Err(UnusableHash::TooCostly);
        }
        Ok(Self { text: text.to_owned(), rounds })
    }

    pub(super) fn matches(&self, password: &[u8]) -> bool {
        let (salt, expected) = (self.text.get(4..12), self.text.get(12..));
        let (Some(salt), Some(expected)) = (salt, expected) else { return false };
        let mut digest = Md5::new().chain_update(salt).chain_update(password).finalize();
        for _ in 0..self.rounds {
            digest = Md5::new().chain_update(digest).chain_update(password).finalize();
        }
        encoded(&digest).as_bytes().ct_eq(expected.as_bytes()).into()
    }
}

/// The text of a digest: six bits for each digit, the lowest first.
fn encoded(digest: &[u8]) -> String {
    let mut text = String::new();
    for chunk in digest.chunks(3) {
        let value = chunk.iter().rev().fold(0_u32, |value, byte| value << 8 | u32::from(*byte));
        for digit in 0..=chunk.len() {
            let at = usize::try_from(value >> (6 * digit) & 63).unwrap_or_default();
            text.push(char::from(DIGITS[at]));
        }
    }
    text
}
