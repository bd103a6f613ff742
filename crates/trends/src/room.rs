//! Many small pieces of bytes that stay, in a few large boxes: a piece costs its bytes and no more.

/// The bytes of a box; a longer piece has one of its own.
const BOX: usize = 1 << 20;

/// The pieces.
#[derive(Clone, Debug, Default)]
pub(crate) struct Room {
    boxes: Vec<Vec<u8>>,
}

/// Where a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    place: u32,
    start: u32,
    length: u32,
}

impl Kept {
    /// A piece of nothing.
    pub(crate) const NONE: Self = Self { place: 0, start: 0, length: 0 };
}

impl Room {
    /// Keeps `bytes`. What is beyond four billion boxes or longer than four gigabytes, which no memory has
    /// room for, is kept as nothing.
    pub(crate) fn keep(&mut self, bytes: &[u8]) -> Kept {
        let fits = |it: &Vec<u8>| it.capacity() - it.len() >= bytes.len();
        if !self.boxes.last().is_some_and(fits) {
            self.boxes.push(Vec::with_capacity(bytes.len().max(BOX)));
        }
        let place = u32::try_from(self.boxes.len() - 1);
        let length = u32::try_from(bytes.len());
        let Some(last) = self.boxes.last_mut() else { return Kept::NONE };
        let start = u32::try_from(last.len());
        let (Ok(place), Ok(start), Ok(length)) = (place, start, length) else {
            return Kept::NONE;
        };
        last.extend_from_slice(bytes);
        Kept { place, start, length }
    }

    /// The bytes of a piece.
    pub(crate) fn get(&self, piece: Kept) -> &[u8] {
        let (start, length) = (piece.start as usize, piece.length as usize);
        let bytes = self.boxes.get(piece.place as usize);
        bytes.and_then(|bytes| bytes.get(start..start + length)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_stay_as_they_are() {
        let mut room = Room::default();
        let lengths = [0, 1, 300, BOX - 5, 7, BOX * 2 + 1, 40_000, 40_000, BOX];
        let pieces = lengths.iter().zip(0_u8..).map(|(length, byte)| vec![byte; *length]);
        let pieces = pieces.collect::<Vec<_>>();
        let kept = pieces.iter().map(|piece| room.keep(piece)).collect::<Vec<_>>();
        for (piece, kept) in pieces.iter().zip(kept) {
            assert!(room.get(kept) == piece, "{} bytes", piece.len());
        }
        assert_eq!(room.get(Kept::NONE), [0_u8; 0]);
        assert_eq!(Room::default().get(Kept { place: 3, start: 1, length: 9 }), [0_u8; 0]);
    }
}
