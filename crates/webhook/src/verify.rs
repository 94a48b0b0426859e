//! Verifying what comes in.

use std::time::Duration;

use base::Micros;

use crate::Key;
use crate::sign::{content, seconds};

/// The most signatures that are looked at: somebody who rotates keys sends a few.
const MOST: usize = 16;

/// What a request shows.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'r> {
    /// [`crate::ID`].
    pub id: &'r str,
    /// [`crate::TIMESTAMP`].
    pub timestamp: &'r str,
    /// [`crate::SIGNATURE`].
    pub signature: &'r str,
}

/// Why a request is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    /// A field is empty, the time is none, or the id has a full stop, by which one could move what was signed.
    #[error("`webhook-id`, `webhook-timestamp` (seconds since 1970) and `webhook-signature` must be there")]
    Malformed,
    /// The time is too far in the past.
    #[error("`webhook-timestamp` is too old")]
    TooOld,
    /// The time is too far ahead.
    #[error("`webhook-timestamp` lies ahead")]
    TooNew,
    /// No signature is by a key that is known.
    #[error("no signature is by a key that is known")]
    Signature,
}

/// Whether a request is by somebody with one of the keys, and not older than the tolerance nor further ahead. Who has seen
/// the id within that time has had it already.
pub fn verify(
    keys: &[Key],
    shown: Shown<'_>,
    payload: &[u8],
    (now, tolerance): (Micros, Duration),
) -> Result<(), Unverified> {
    if shown.id.is_empty() || shown.id.contains('.') {
        return Err(Unverified::Malformed);
    }
    timely(shown.timestamp, now, tolerance)?;
    let content = content(shown.id, shown.timestamp, payload);
    let signatures = shown.signature.split(' ').filter(|signature| !signature.is_empty()).take(MOST);
    let believed = signatures.flat_map(|signature| keys.iter().map(move |key| (key, signature)));
    // Every one is looked at, so that the time does not tell which was right.
    let known = believed.fold(false, |known, (key, signature)| key.verifies(&content, signature) | known);
    if known { Ok(()) } else { Err(Unverified::Signature) }
}

/// Whether a time in seconds is not further from now than the tolerance.
pub(crate) fn timely(timestamp: &str, now: Micros, tolerance: Duration) -> Result<(), Unverified> {
    let digits = timestamp.bytes().all(|byte| byte.is_ascii_digit());
    let at: i64 = timestamp.parse().ok().filter(|_| digits).ok_or(Unverified::Malformed)?;
    let tolerance = i64::try_from(tolerance.as_secs()).unwrap_or(i64::MAX);
    let age = seconds(now).saturating_sub(at);
    if age > tolerance {
        Err(Unverified::TooOld)
    } else if age < -tolerance {
        Err(Unverified::TooNew)
    } else {
        Ok(())
    }
}
