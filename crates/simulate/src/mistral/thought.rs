//! The signatures of thoughts: one that comes back with another thought is refused.

use crate::seed;

/// Signs a thought.
pub(super) fn sign(seed: u64, thought: &str) -> String {
    let mac = seed::hash(&[b"mistral thought", &seed.to_le_bytes(), thought.as_bytes()]);
    format!("mst{mac:016x}")
}

/// Whether the signature is ours and belongs to this thought.
pub(super) fn signed(seed: u64, thought: &str, signature: &str) -> bool {
    signature == sign(seed, thought)
}
