//! Many lists of bytes that grow at their ends, in one room: each list is a chain of slices, the longer
//! it is the longer they are, so that nothing is moved when a list grows and little room is left over.

/// The bytes of a piece of the room.
const CHUNK: usize = 1 << 20;

/// The bytes of a unit, in which places are told.
const UNIT: usize = 8;

/// The bytes at the end of a slice that say where the next one is.
const LINK: usize = 4;

/// The longest slice, in bytes.
const LONGEST: u16 = 1 << 14;

/// From which length on the next slice is longer by an eighth and no longer by a quarter, in bytes.
const LONG: u16 = 1 << 9;

/// The room.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slices {
    chunks: Vec<Box<[u8]>>,
    /// How much of the last chunk is used, in bytes.
    used: usize,
}

/// A list in the room.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct List {
    /// Where its first slice is, in units.
    first: u32,
    /// Where its last slice is, in units.
    last: u32,
    /// How much of the last slice is used, in bytes.
    used: u16,
    /// The length of the last slice, in bytes; none where there is no slice.
    length: u16,
}

impl List {
    /// Whether nothing was ever added.
    pub(crate) const fn is_empty(self) -> bool {
        self.length == 0
    }
}

impl Slices {
    /// Adds `bytes` to the end of `list`, no more than fit into the smallest slice. What is beyond 32 GiB
    /// is not kept.
    pub(crate) fn push(&mut self, list: &mut List, bytes: &[u8]) {
        let left = list.length.saturating_sub(list.used);
        let (here, rest) = bytes.split_at(bytes.len().min(usize::from(left)));
        self.write(list, here);
        if rest.is_empty() {
            return;
        }
        let length = longer(list.length);
        let Some(next) = self.room(length) else { return };
        let mut moved = [0; LINK];
        let moved = if list.length == 0 {
            list.first = next;
            moved.split_at_mut(0).0
        } else {
            // The last bytes of a full slice make place for the link.
            list.used = list.length.saturating_sub(u16::try_from(LINK).unwrap_or_default());
            let link = self.bytes_mut(list.last, usize::from(list.used), LINK);
            for ((at, kept), byte) in link.iter_mut().zip(&mut moved).zip(next.to_le_bytes()) {
                *kept = *at;
                *at = byte;
            }
            &mut moved
        };
        (list.last, list.used, list.length) = (next, 0, length);
        self.write(list, moved);
        self.write(list, rest);
    }

    /// The bytes of a list, slice by slice.
    pub(crate) fn of(&self, list: List) -> impl Iterator<Item = &[u8]> {
        let mut next = (list.length > 0).then_some((list.first, longer(0)));
        std::iter::from_fn(move || {
            let (at, length) = next?;
            if at == list.last {
                next = None;
                return Some(self.bytes(at, 0, usize::from(list.used)));
            }
            let bytes = self.bytes(at, 0, usize::from(length));
            let (bytes, link) = bytes.split_last_chunk::<LINK>()?;
            let after = u32::from_le_bytes(*link);
            // The memory is asked for the next slice while this one is read.
            std::hint::black_box(self.bytes(after, 0, 1).first());
            next = Some((after, longer(length)));
            Some(bytes)
        })
    }

    /// A place for a slice.
    fn room(&mut self, length: u16) -> Option<u32> {
        let length = usize::from(length);
        if self.chunks.is_empty() || self.used + length > CHUNK {
            self.chunks.push(vec![0; CHUNK].into());
            self.used = 0;
        }
        let at = ((self.chunks.len() - 1) * CHUNK + self.used) / UNIT;
        self.used += length;
        u32::try_from(at).ok()
    }

    fn write(&mut self, list: &mut List, bytes: &[u8]) {
        let to = self.bytes_mut(list.last, usize::from(list.used), bytes.len());
        to.iter_mut().zip(bytes).for_each(|(to, byte)| *to = *byte);
        list.used += u16::try_from(bytes.len()).unwrap_or_default();
    }

    fn bytes(&self, at: u32, from: usize, length: usize) -> &[u8] {
        let at = at as usize * UNIT + from;
        let chunk = self.chunks.get(at / CHUNK);
        chunk.and_then(|it| it.get(at % CHUNK..at % CHUNK + length)).unwrap_or_default()
    }

    fn bytes_mut(&mut self, at: u32, from: usize, length: usize) -> &mut [u8] {
        let at = at as usize * UNIT + from;
        let chunk = self.chunks.get_mut(at / CHUNK);
        chunk.and_then(|it| it.get_mut(at % CHUNK..at % CHUNK + length)).unwrap_or_default()
    }
}

/// The length of the slice after one of this length.
const fn longer(length: u16) -> u16 {
    let more = match length {
        0 => 16,
        1..32 => 8,
        32..LONG => length / 4 / 8 * 8,
        LONG..LONGEST => length / 8 / 8 * 8,
        _ => 0,
    };
    let next = length + more;
    if next > LONGEST { LONGEST } else { next }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_grow_beside_each_other() {
        let mut slices = Slices::default();
        let mut lists =
            [(List::default(), Vec::<u8>::new()), Default::default(), Default::default()];
        for round in 0..60_000_u32 {
            for ((list, wanted), often) in lists.iter_mut().zip([1, 7, 1_000]) {
                if round % often == 0 {
                    let bytes = round.to_le_bytes();
                    let bytes = bytes.get(..(round % 5) as usize).unwrap_or(&[1, 2, 3, 4, 5]);
                    slices.push(list, bytes);
                    wanted.extend(bytes);
                }
            }
        }
        for (list, wanted) in &lists {
            assert_eq!(slices.of(*list).flatten().copied().collect::<Vec<_>>(), *wanted);
        }
        assert_eq!(slices.of(List::default()).count(), 0);
        let kept = lists.iter().map(|(_, wanted)| wanted.len()).sum::<usize>();
        let room = (slices.chunks.len() - 1) * CHUNK + slices.used;
        assert!(room < kept + kept / 5, "{room} for {kept}");
    }
}
