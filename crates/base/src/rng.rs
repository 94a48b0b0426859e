//! Randomness as a parameter: seeded from the system in production, from a number in tests.
//! Not for secrets; those come from [`Rng::fill_secret`], which always asks the system.

/// A small fast generator (xoshiro256**, Blackman and Vigna 2018, public domain) for ids and jitter.
#[derive(Clone, Debug)]
pub struct Rng {
    state: [u64; 4],
}

impl Rng {
    /// Seeded from the operating system.
    pub fn from_system() -> Self {
        let mut seed = [0_u8; 8];
        Self::fill_secret(&mut seed);
        Self::seeded(u64::from_ne_bytes(seed))
    }

    /// The same numbers for the same seed, on every machine.
    pub fn seeded(seed: u64) -> Self {
        let mut next = seed;
        let state = std::array::from_fn(|_| {
            next = next.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = next;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        });
        Self { state }
    }

    /// The next 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let result = b.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        result
    }

    /// A number in `0..bound` (Lemire's multiplication; the bias is below 2⁻³² for bounds below 2³²).
    pub fn below(&mut self, bound: u64) -> u64 {
        let wide = u128::from(self.next_u64()) * u128::from(bound);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// Fills `out` with bytes fit for keys and tokens.
    ///
    /// # Panics
    /// If the operating system has no randomness to give, since nothing may go on without it.
    #[expect(clippy::expect_used, reason = "a key made without randomness would be worse than no process")]
    pub fn fill_secret(out: &mut [u8]) {
        getrandom::fill(out).expect("the operating system gives random bytes");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_one_sequence_and_bounds_hold() {
        let (mut a, mut b) = (Rng::seeded(7), Rng::seeded(7));
        for _ in 0..1_000 {
            assert_eq!(a.next_u64(), b.next_u64());
            assert!(a.below(10) < 10);
            b.next_u64();
        }
        assert_ne!(Rng::seeded(1).next_u64(), Rng::seeded(2).next_u64());
    }
}
