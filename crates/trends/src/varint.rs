//! Numbers in as few bytes as they need: seven bits each, the lowest first.

/// Writes `number`.
pub(crate) fn push(bytes: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push((number & 0x7f) as u8);
}

/// `number` as [`push`] writes it, and how many of these bytes it needs.
pub(crate) fn short(number: u32) -> ([u8; 5], usize) {
    let mut bytes = [0; 5];
    let mut rest = number;
    let mut count = 0;
    for byte in &mut bytes {
        count += 1;
        *byte = (rest & 0x7f) as u8;
        rest >>= 7;
        if rest == 0 {
            break;
        }
        *byte |= 0x80;
    }
    (bytes, count)
}

/// The number at the start of `bytes` and what follows it, where four bytes are there and the number ends in
/// them. The same steps for every length: nothing has to be guessed.
#[inline]
pub(crate) fn quick(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (four, _) = bytes.split_first_chunk::<4>()?;
    let word = u32::from_le_bytes(*four);
    let ends = !word & 0x8080_8080;
    // The lowest end: what is above it belongs to the next number. No end, no number.
    let length = (ends.trailing_zeros() / 8 + 1) as usize;
    let word = word & (ends ^ ends.wrapping_sub(1));
    let number = word & 0x7f | word >> 1 & 0x3f80 | word >> 2 & 0x1f_c000 | word >> 3 & 0x0fe0_0000;
    if ends == 0 { None } else { Some((number, bytes.get(length..)?)) }
}

/// Gives `give` the numbers that [`push`] wrote, in fewer steps than [`read`].
pub(crate) fn each(mut bytes: &[u8], mut give: impl FnMut(u32)) {
    while let Some((number, rest)) = quick(bytes) {
        give(number);
        bytes = rest;
    }
    read(bytes).for_each(give);
}

/// The numbers that were written; what is cut off at the end is left out.
#[derive(Clone, Debug)]
pub(crate) struct Numbers<Bytes>(Bytes);

/// Reads what [`push`] wrote.
pub(crate) fn read(bytes: &[u8]) -> Numbers<std::slice::Iter<'_, u8>> {
    Numbers(bytes.iter())
}

/// Reads what was written piece by piece.
pub(crate) const fn read_from<Bytes>(bytes: Bytes) -> Numbers<Bytes> {
    Numbers(bytes)
}

impl<'a> Numbers<std::slice::Iter<'a, u8>> {
    /// The bytes after the numbers that were read.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.0.as_slice()
    }
}

impl<'a, Bytes: Iterator<Item = &'a u8>> Iterator for Numbers<Bytes> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        let first = *self.0.next()?;
        if first < 0x80 {
            return Some(u32::from(first));
        }
        let mut number = u32::from(first & 0x7f);
        let mut shift = 7;
        loop {
            let byte = *self.0.next()?;
            number |= u32::from(byte & 0x7f).checked_shl(shift).unwrap_or_default();
            if byte < 0x80 {
                return Some(number);
            }
            shift += 7;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let numbers = [0, 1, 127, 128, 300, 16_384, u32::MAX];
        let mut bytes = Vec::new();
        for number in numbers {
            push(&mut bytes, number);
        }
        assert_eq!(read(&bytes).collect::<Vec<_>>(), numbers);
        let mut given = Vec::new();
        each(&bytes, |number| given.push(number));
        assert_eq!(given, numbers);
        let again = numbers.map(short);
        let again = again.iter().flat_map(|(bytes, count)| bytes.iter().take(*count));
        assert!(again.eq(&bytes));
        for number in [0, 1, 127, 128, 300, 16_383, 16_384, 2_097_151, 2_097_152, (1 << 28) - 1] {
            let mut bytes = Vec::new();
            push(&mut bytes, number);
            let written = bytes.len();
            bytes.extend([0xff; 4]);
            assert_eq!(quick(&bytes), Some((number, bytes.get(written..).unwrap())), "{number}");
        }
        assert_eq!(quick(&[0x80, 0x80, 0x80, 0x80, 1]), None);
        assert_eq!(quick(&[1, 2, 3]), None);
        assert_eq!(read(&[0x80]).next(), None);
        assert_eq!(read(&[0xff; 30]).next(), None);
    }
}
