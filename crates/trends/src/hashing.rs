//! Small numbers that stand for words and phrases: the same for the same text, everywhere.
//!
//! A phrase is known by 64 bits of the words it has. Among a million phrases the chance that any two
//! share one is below 1 in 30 million; the two would then be counted as one phrase.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// What the bits are multiplied by (the golden ratio).
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// A map whose keys are well-mixed numbers already.
pub(crate) type NumberMap<V> = HashMap<u64, V, BuildHasherDefault<Itself>>;

/// A set of well-mixed numbers.
pub(crate) type NumberSet = HashSet<u64, BuildHasherDefault<Itself>>;

/// A number that is its own hash.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Itself(u64);

impl Hasher for Itself {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |sum, byte| then(sum, u64::from(*byte)));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

/// The number of a text.
pub(crate) fn number(text: &str) -> u64 {
    let mut chunks = text.as_bytes().chunks_exact(8);
    let mut sum = text.len() as u64;
    for chunk in chunks.by_ref() {
        sum = then(sum, chunk.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)));
    }
    let last = chunks.remainder().iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
    mixed(then(sum, last))
}

/// The number of a row that goes on with `next`.
pub(crate) const fn then(sum: u64, next: u64) -> u64 {
    (sum.rotate_left(23) ^ next).wrapping_mul(GOLDEN)
}

/// The same number with every bit depending on every other.
pub(crate) const fn mixed(mut sum: u64) -> u64 {
    sum ^= sum >> 33;
    sum = sum.wrapping_mul(0xff51_afd7_ed55_8ccd);
    sum ^= sum >> 33;
    sum = sum.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    sum ^ (sum >> 33)
}
