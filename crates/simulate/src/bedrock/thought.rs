//! The signatures of thoughts: what was thought is given back unchanged, or is refused.

use crate::seed;

/// Signs a thought; the nonce makes each signature its own.
pub(super) fn sign(seed: u64, thought: &str, nonce: &str) -> String {
    let mac = seed::hash(&[b"bedrock thought", &seed.to_le_bytes(), nonce.as_bytes(), thought.as_bytes()]);
    format!("Er{nonce}{mac:016x}GAE=")
}

/// Whether the signature is ours and belongs to this thought.
pub(super) fn signed(seed: u64, thought: &str, signature: &str) -> bool {
    let nonce = signature.get(2..24).unwrap_or_default();
    signature == sign(seed, thought, nonce)
}

/// A thought that is not shown: base64 of what only this simulator reads.
pub(super) fn hide(seed: u64, nonce: &str) -> String {
    sign(seed, "", nonce)
}

/// Whether a hidden thought is ours.
pub(super) fn hidden(seed: u64, data: &str) -> bool {
    signed(seed, "", data)
}
