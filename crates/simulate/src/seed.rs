//! Everything that looks random follows from the seed: hashes, generators and id characters.

use base::Rng;

const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A 64-bit FNV-1a hash of the parts, each closed by its length so that their borders count.
/// Not for secrets.
pub(crate) fn hash(parts: &[&[u8]]) -> u64 {
    let mut state = 0xcbf2_9ce4_8422_2325_u64;
    let mut eat = |byte: u8| state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    for part in parts {
        part.iter().copied().for_each(&mut eat);
        part.len().to_le_bytes().into_iter().for_each(&mut eat);
    }
    state
}

/// A generator for one purpose (`label`) and one number under a seed.
pub(crate) fn rng(seed: u64, label: &str, number: u64) -> Rng {
    Rng::seeded(hash(&[&seed.to_le_bytes(), label.as_bytes(), &number.to_le_bytes()]))
}

/// `length` letters and digits.
pub(crate) fn letters(rng: &mut Rng, length: usize) -> String {
    (0..length).map(|_| char::from(*pick(rng, ALPHABET).unwrap_or(&b'0'))).collect()
}

/// One of the choices; `None` if there are none.
pub(crate) fn pick<'a, T>(rng: &mut Rng, choices: &'a [T]) -> Option<&'a T> {
    let at = rng.below(u64::try_from(choices.len()).unwrap_or(0));
    choices.get(usize::try_from(at).unwrap_or(0))
}

/// A number in `low..=high`.
pub(crate) fn between(rng: &mut Rng, low: u32, high: u32) -> u32 {
    let span = u64::from(high.saturating_sub(low)) + 1;
    low + u32::try_from(rng.below(span)).unwrap_or(0)
}
