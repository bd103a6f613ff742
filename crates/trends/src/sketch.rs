//! How often a number was met, at least: counters that numbers share.
//!
//! Each number has two counters, both in one line of the cache, and is met as often as the lesser says or
//! less. Only the lesser is raised (a count-min sketch with conservative update: Estan and Varghese,
//! SIGCOMM 2002), so that what is rare makes little noise.

/// The counters of a line.
const LINE: usize = 64;

/// How many numbers wait for the memory together.
pub(crate) const TOGETHER: usize = 32;

/// The counters.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sketch {
    lines: Vec<[u8; LINE]>,
}

impl Sketch {
    /// So many counters at nought, a power of two and a line at least.
    pub(crate) fn new(counters: usize) -> Self {
        Self { lines: vec![[0; LINE]; (counters / LINE).next_power_of_two()] }
    }

    /// How many counters there are.
    pub(crate) const fn len(&self) -> usize {
        self.lines.len() * LINE
    }

    /// Reads the lines of these numbers, so that they wait for the memory together and not one after the
    /// other.
    pub(crate) fn touch(&self, numbers: &[u64]) {
        let lines = numbers.iter().filter_map(|number| self.lines.get(self.line(*number)));
        let sum = lines.filter_map(|line| line.first()).map(|byte| u32::from(*byte)).sum::<u32>();
        std::hint::black_box(sum);
    }

    /// How often `number` was met at most, 255 for more.
    #[inline]
    pub(crate) fn get(&self, number: u64) -> u8 {
        let line = self.lines.get(self.line(number));
        let (one, other) = places(number);
        line.map_or(0, |line| counter(line, one).min(counter(line, other)))
    }

    /// Meets `number`; how often that makes at most.
    #[inline]
    pub(crate) fn add(&mut self, number: u64) -> u8 {
        let at = self.line(number);
        let Some(line) = self.lines.get_mut(at) else { return 0 };
        let (one, other) = places(number);
        let count = counter(line, one).min(counter(line, other)).saturating_add(1);
        raise(line, one, count);
        raise(line, other, count);
        count
    }

    /// As if `number` was met more often than can be counted.
    pub(crate) fn fill(&mut self, number: u64) {
        let at = self.line(number);
        let (one, other) = places(number);
        if let Some(line) = self.lines.get_mut(at) {
            raise(line, one, u8::MAX);
            raise(line, other, u8::MAX);
        }
    }

    const fn line(&self, number: u64) -> usize {
        (number >> 6) as usize & self.lines.len().wrapping_sub(1)
    }
}

/// Two places of a line, from bits that do not choose the line.
#[inline]
fn places(number: u64) -> (usize, usize) {
    let [low, .., high, _] = number.to_le_bytes();
    (usize::from(low) % LINE, usize::from(high) % LINE)
}

#[inline]
fn counter(line: &[u8; LINE], place: usize) -> u8 {
    line.get(place).copied().unwrap_or_default()
}

#[inline]
fn raise(line: &mut [u8; LINE], place: usize, count: u8) {
    if let Some(counter) = line.get_mut(place) {
        *counter = count.max(*counter);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hashing::mixed;

    #[test]
    fn never_too_few_and_seldom_too_many() {
        let mut sketch = Sketch::new(1 << 16);
        for number in 0..60_000_u64 {
            for _ in 0..(if number % 100 == 0 { 20 } else { 1 }) {
                sketch.add(mixed(number));
            }
        }
        let counts = (0..60_000_u64).map(|number| sketch.get(mixed(number)));
        let rare = counts.enumerate().filter(|(number, count)| {
            assert!(*count >= if number % 100 == 0 { 20 } else { 1 }, "{number}: {count}");
            number % 100 != 0
        });
        let far = rare.filter(|(_, count)| *count >= 10).count();
        assert!(far < 60, "{far}");
        assert_eq!(Sketch::default().get(7), 0);
    }
}
