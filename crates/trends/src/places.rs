//! Where among numbers each of them stands: a table of places alone, small enough for a near cache, which are
//! looked up in what they point at.

/// How many numbers there may be for each five entries of the table, times three.
const FULL: usize = 3;

/// The least entries of a table.
const LEAST: usize = 1 << 10;

/// Places by number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places {
    /// A place plus one, or nought; the search for a number begins at its own bits.
    table: Vec<u32>,
    count: usize,
}

impl Places {
    /// The place of `number`, where `at` says which number stands at a place.
    pub(crate) fn find(&self, number: u64, at: impl Fn(u32) -> Option<u64>) -> Option<u32> {
        let mut entry = self.start(number);
        loop {
            // Nothing is full: the search ends at nought.
            let place = self.table.get(entry)?.checked_sub(1)?;
            if at(place) == Some(number) {
                return Some(place);
            }
            entry = (entry + 1) & (self.table.len() - 1);
        }
    }

    /// Reads where the search for these numbers begins, so that they wait for the memory together.
    pub(crate) fn touch(&self, numbers: &[u64], read: impl Fn(u32) -> u32) {
        let first = numbers.iter().filter_map(|number| self.table.get(self.start(*number)));
        let sum = first.fold(0_u32, |sum, place| sum.wrapping_add(read(place.wrapping_sub(1))));
        std::hint::black_box(sum);
    }

    /// Sets the place of a number, whether it has one or not. What stands at its earlier place must still
    /// be its number.
    pub(crate) fn set(&mut self, number: u64, place: u32, at: impl Fn(u32) -> Option<u64>) {
        let mut entry = self.start(number);
        while let Some(taken) = self.table.get(entry).copied().filter(|taken| *taken > 0) {
            if at(taken - 1) == Some(number) {
                if let Some(taken) = self.table.get_mut(entry) {
                    *taken = place + 1;
                }
                return;
            }
            entry = (entry + 1) & (self.table.len() - 1);
        }
        self.add(number, place, at);
    }

    /// Adds the place of a number that has none.
    pub(crate) fn add(&mut self, number: u64, place: u32, at: impl Fn(u32) -> Option<u64>) {
        if (self.count + 1) * 5 > self.table.len() * FULL {
            let old = std::mem::take(&mut self.table);
            self.table = vec![0; (old.len() * 2).max(LEAST)];
            for entry in old.into_iter().filter(|entry| *entry > 0) {
                if let Some(number) = at(entry - 1) {
                    self.put(number, entry);
                }
            }
        }
        self.count += 1;
        self.put(number, place + 1);
    }

    fn put(&mut self, number: u64, value: u32) {
        let mut entry = self.start(number);
        while self.table.get(entry).is_some_and(|taken| *taken > 0) {
            entry = (entry + 1) & (self.table.len() - 1);
        }
        if let Some(empty) = self.table.get_mut(entry) {
            *empty = value;
        }
    }

    /// Not the lowest bits, by which counters are chosen, so that what shares a counter is spread.
    const fn start(&self, number: u64) -> usize {
        (number >> 28) as usize & self.table.len().wrapping_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hashing::mixed;

    #[test]
    fn each_number_has_its_place() {
        let numbers = (0..5_000_u64).map(mixed).collect::<Vec<_>>();
        let at = |place: u32| numbers.get(place as usize).copied();
        let mut places = Places::default();
        assert_eq!(places.find(7, at), None);
        for (place, number) in (0..).zip(&numbers) {
            assert_eq!(places.find(*number, at), None);
            places.add(*number, place, at);
        }
        for (place, number) in (0..).zip(&numbers) {
            assert_eq!(places.find(*number, at), Some(place));
        }
        // As if the first number stood at another place too.
        let again = |place: u32| numbers.get(place as usize % numbers.len()).copied();
        places.set(mixed(0), 5_000, again);
        assert_eq!(places.find(mixed(0), again), Some(5_000));
        places.set(mixed(9_000), 5_001, |place| {
            if place == 5_001 { Some(mixed(9_000)) } else { again(place) }
        });
        assert_eq!(places.find(mixed(1), again), Some(1));
    }
}
