//! What a head says about the length of its body (RFC 9112 §6). Stricter than the RFC asks where a second
//! reader might see something else: two statements are refused even when they agree.

use message::{Fields, Known, Reason, Version};

use crate::head::{Notes, Rules};
use crate::{Reject, list};

/// What the fields state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stated {
    Nothing,
    Length(u64),
    Chunked,
}

/// Reads `Content-Length` and `Transfer-Encoding`.
pub(crate) fn stated(
    fields: &Fields,
    notes: Notes,
    version: Version,
    rules: &Rules,
) -> Result<Stated, Reject> {
    if !notes.has(Notes::LENGTH | Notes::CODING) {
        return Ok(Stated::Nothing);
    }
    let ambiguous = |detail| Err(Reject::new(rules.ambiguous, detail));
    if notes.has(Notes::LENGTH) && notes.has(Notes::CODING) {
        return ambiguous("both Content-Length and Transfer-Encoding are given (RFC 9112 §6.3)");
    }
    if notes.has(Notes::CODING) {
        if version == Version::Http10 {
            return ambiguous("an HTTP/1.0 message has a Transfer-Encoding (RFC 9112 §6.1)");
        }
        return codings(fields, rules).map(|()| Stated::Chunked);
    }
    if notes.has_twice(Notes::LENGTH) {
        return ambiguous("Content-Length is given more than once (RFC 9112 §6.3)");
    }
    let value = fields.get(Known::ContentLength).unwrap_or_default();
    if value.contains(&b',') {
        return ambiguous("Content-Length is a list (RFC 9112 §6.3)");
    }
    match number(value) {
        Some(length) => Ok(Stated::Length(length)),
        None => Err(malformed(rules.malformed)),
    }
}

fn malformed(reason: Reason) -> Reject {
    Reject::new(reason, "Content-Length is not a decimal number below 2^64 (RFC 9110 §8.6)")
}

/// `1*DIGIT`, without overflow.
pub(crate) fn number(value: &[u8]) -> Option<u64> {
    if value.is_empty() {
        return None;
    }
    value.iter().try_fold(0_u64, |number, &b| {
        let digit = b.is_ascii_digit().then(|| u64::from(b - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

/// `Ok` if `chunked` is the only transfer coding and is there once. Empty list members, which RFC 9110
/// §5.6.1.2 would have ignored, are refused here: this field is the favourite of request smuggling.
fn codings(fields: &Fields, rules: &Rules) -> Result<(), Reject> {
    let ambiguous = |detail| Err(Reject::new(rules.ambiguous, detail));
    let mut chunked = 0_u32;
    let mut others = false;
    let mut last_is_chunked = false;
    for coding in fields.get_all(Known::TransferEncoding).flat_map(list::split) {
        if coding.is_empty() {
            return ambiguous("Transfer-Encoding has an empty member (RFC 9110 §5.6.1)");
        }
        last_is_chunked = coding.eq_ignore_ascii_case(b"chunked");
        if last_is_chunked {
            chunked += 1;
        } else {
            others = true;
        }
    }
    match (chunked, others) {
        (1, false) => Ok(()),
        (1, true) if last_is_chunked => {
            Err(Reject::new(rules.coding, "a transfer coding besides chunked is applied (RFC 9112 §6.1)"))
        }
        (0 | 1, _) => ambiguous("chunked is not the final transfer coding (RFC 9112 §6.3)"),
        _ => ambiguous("chunked is applied more than once (RFC 9112 §6.1)"),
    }
}
