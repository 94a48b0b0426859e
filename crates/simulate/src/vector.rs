//! Texts as vectors: texts with common words point the same way, and every vector has length 1.

use crate::{seed, synth};

/// How many tokens of a text count.
const MOST_TOKENS: usize = 256;

/// The vector of a text.
pub(crate) fn of(text: &str, dimensions: usize) -> Vec<f32> {
    let mut sum = vec![0.0_f64; dimensions];
    let tokens = synth::tokens(text);
    for token in tokens.iter().take(MOST_TOKENS) {
        let word = token.trim().to_lowercase();
        let mut rng = seed::rng(0, &word, 0);
        for value in &mut sum {
            *value += f64::from(u32::try_from(rng.below(2_001)).unwrap_or(0)) - 1_000.0;
        }
    }
    let length = sum.iter().map(|value| value * value).sum::<f64>().sqrt();
    if length == 0.0 {
        // Nothing was said; any direction is as good.
        if let Some(first) = sum.first_mut() {
            *first = 1.0;
        }
    }
    let length = if length == 0.0 { 1.0 } else { length };
    #[expect(clippy::cast_possible_truncation, reason = "vectors are made of short numbers")]
    sum.into_iter().map(|value| (value / length) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cosine(one: &str, other: &str) -> f32 {
        of(one, 64).iter().zip(of(other, 64)).map(|(one, other)| one * other).sum()
    }

    #[test]
    fn alike_texts_point_the_same_way() {
        assert!((cosine("a weir in the river", "a weir in the river") - 1.0).abs() < 1e-4);
        assert!(
            cosine("a weir in the river", "the river has a weir") > cosine("a weir in the river", "tax law")
        );
        assert_eq!(of("", 3), [1.0, 0.0, 0.0]);
    }
}
