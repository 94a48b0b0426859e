//! Signing what is sent.

use base::Micros;

use crate::Key;

/// The field with the message's id, which stays the same when it is tried again.
pub const ID: &str = "webhook-id";
/// The field with the time of the attempt, in seconds since 1970.
pub const TIMESTAMP: &str = "webhook-timestamp";
/// The field with the signatures.
pub const SIGNATURE: &str = "webhook-signature";

/// The values of [`TIMESTAMP`] and [`SIGNATURE`] for an attempt that is made now: one signature by each key that can sign,
/// so that a receiver who knows the old or the new key believes it. The id has no full stop.
pub fn sign(keys: &[Key], id: &str, now: Micros, payload: &[u8]) -> (String, String) {
    let timestamp = seconds(now).to_string();
    let content = content(id, &timestamp, payload);
    let signatures: Vec<String> = keys.iter().filter_map(|key| key.sign(&content)).collect();
    (timestamp, signatures.join(" "))
}

/// What is signed.
pub(crate) fn content(id: &str, timestamp: &str, payload: &[u8]) -> Vec<u8> {
    [id.as_bytes(), b".", timestamp.as_bytes(), b".", payload].concat()
}

pub(crate) fn seconds(time: Micros) -> i64 {
    time.0.div_euclid(1_000_000)
}
