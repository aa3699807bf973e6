//! A sliding window over numbers that were seen, for replay protection and "exactly once".
//!
//! Owns a bitmap of the last [`SPAN`] numbers. Invariant: [`Window::insert`] is true at most once a
//! number; what lies further behind than the window counts as seen. Numbers are 64 bits wide, so
//! nothing here ever wraps.

/// How many numbers behind the highest one are remembered.
pub(crate) const SPAN: u64 = 1024;
const WORDS: usize = 16;

/// The numbers seen lately.
#[derive(Debug, Clone, Default)]
pub(crate) struct Window {
    /// One more than the highest number seen; 0 when none was.
    end: u64,
    bits: [u64; WORDS],
}

impl Window {
    /// True when `number` could still be inserted.
    pub(crate) fn is_new(&self, number: u64) -> bool {
        if number >= self.end {
            return true;
        }
        number + SPAN >= self.end && !self.bit(number)
    }

    /// Takes `number`; false when it was taken before or is too old to know.
    pub(crate) fn insert(&mut self, number: u64) -> bool {
        if !self.is_new(number) {
            return false;
        }
        if number >= self.end {
            // Everything between the old end and the new one has not been seen.
            if number - self.end >= SPAN {
                self.bits = [0; WORDS];
            } else {
                for skipped in self.end..number {
                    self.set(skipped, false);
                }
            }
            self.end = number.saturating_add(1);
        }
        self.set(number, true);
        true
    }

    fn place(number: u64) -> (usize, u64) {
        let at = number % SPAN;
        (usize::try_from(at / 64).unwrap_or(0), 1 << (at % 64))
    }

    fn bit(&self, number: u64) -> bool {
        let (word, mask) = Self::place(number);
        self.bits.get(word).is_some_and(|bits| bits & mask != 0)
    }

    fn set(&mut self, number: u64, on: bool) {
        let (word, mask) = Self::place(number);
        if let Some(bits) = self.bits.get_mut(word) {
            *bits = if on { *bits | mask } else { *bits & !mask };
        }
    }
}

/// Widens a 16-bit sequence number to the 64-bit one nearest to `highest` (RFC 3711 section 3.3.1).
/// `None` when it would lie before the beginning of time.
pub(crate) fn widen(highest: u64, sequence: u16) -> Option<u64> {
    let low = u16::try_from(highest & 0xFFFF).unwrap_or(0);
    let distance = i64::from(sequence.wrapping_sub(low).cast_signed());
    highest.checked_add_signed(distance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    proptest! {
        #[test]
        fn a_number_is_taken_at_most_once(numbers in prop::collection::vec(0u64..5000, 1..3000)) {
            let mut window = Window::default();
            let mut taken = HashSet::new();
            for number in numbers {
                if window.insert(number) {
                    prop_assert!(taken.insert(number), "{number} was taken twice");
                }
            }
        }

        #[test]
        fn whatever_is_new_and_near_is_taken(base in 0u64..1 << 40, order in Just((0..512u64).collect::<Vec<_>>()).prop_shuffle()) {
            let mut window = Window::default();
            for offset in order {
                prop_assert!(window.insert(base + offset));
                prop_assert!(!window.insert(base + offset));
            }
        }

        #[test]
        fn widening_is_the_inverse_of_cutting(highest in 0x1_0000u64..1 << 47, near in -32768i64..32768) {
            let number = highest.saturating_add_signed(near);
            prop_assert_eq!(widen(highest, (number & 0xFFFF) as u16), Some(number));
        }
    }
}
