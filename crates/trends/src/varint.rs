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
        let again = numbers.map(short);
        let again = again.iter().flat_map(|(bytes, count)| bytes.iter().take(*count));
        assert!(again.eq(&bytes));
        assert_eq!(read(&[0x80]).next(), None);
        assert_eq!(read(&[0xff; 30]).next(), None);
    }
}
