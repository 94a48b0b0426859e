//! Chance that is the same for the same seed: every draw hangs on the seed, a purpose and a number, never on
//! the clock. The hash is small and stable on every machine; it protects nothing.

use base::Rng;

/// The source of all draws of one simulator.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dice {
    seed: u64,
}

const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

// === impl Dice ===

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// A generator for one purpose, and the `number`th time of it.
    pub(crate) fn rng(self, purpose: &str, number: u64) -> Rng {
        Rng::seeded(self.hash(&[purpose.as_bytes(), &number.to_le_bytes()]))
    }

    /// A number that stands for the parts, in their order and with their borders.
    pub(crate) fn hash(self, parts: &[&[u8]]) -> u64 {
        let mut state = 0xcbf2_9ce4_8422_2325 ^ self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for part in parts {
            for byte in part.iter().chain(&[0xff]) {
                state = (state ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
            }
            state = mix(state);
        }
        state
    }
}

/// Spreads every bit over all (the last step of `SplitMix64`).
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A number in `0.0..1.0`.
pub(crate) fn unit(rng: &mut Rng) -> f64 {
    f64::from(low_half(rng.next_u64())) / 4_294_967_296.0
}

fn low_half(bits: u64) -> u32 {
    u32::try_from(bits & 0xffff_ffff).unwrap_or(0)
}

/// An id such as `chatcmpl-` and `length` letters and digits.
pub(crate) fn id(rng: &mut Rng, prefix: &str, length: usize) -> String {
    let letters = (0..length).map(|_| char::from(*pick(rng, LETTERS).unwrap_or(&b'0')));
    prefix.chars().chain(letters).collect()
}

/// One of the items, all as likely; `None` if there are none.
pub(crate) fn pick<'a, T>(rng: &mut Rng, items: &'a [T]) -> Option<&'a T> {
    let index = rng.below(u64::try_from(items.len()).unwrap_or(0));
    items.get(usize::try_from(index).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_hangs_on_seed_purpose_and_number_alone() {
        let dice = Dice::new(7);
        assert_eq!(dice.rng("a", 1).next_u64(), Dice::new(7).rng("a", 1).next_u64());
        assert_ne!(dice.rng("a", 1).next_u64(), dice.rng("a", 2).next_u64());
        assert_ne!(dice.rng("a", 1).next_u64(), dice.rng("b", 1).next_u64());
        assert_ne!(dice.rng("a", 1).next_u64(), Dice::new(8).rng("a", 1).next_u64());
        assert_ne!(dice.hash(&[b"ab", b"c"]), dice.hash(&[b"a", b"bc"]));
        assert_eq!(id(&mut dice.rng("id", 0), "x-", 10).len(), 12);
        assert_eq!(pick::<u8>(&mut dice.rng("id", 0), &[]), None);
    }
}
