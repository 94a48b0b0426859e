//! `Max-Forwards` (RFC 9110 §7.6.2): how often TRACE and OPTIONS may still be passed on.

use message::{Known, Method, Reason, RequestHead};

use crate::{Reject, length};

/// What to do with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaxForwards {
    /// Pass it on.
    Forward,
    /// Answer as the final recipient; it must not be passed on.
    Answer,
}

/// Checks `Max-Forwards` of a TRACE or OPTIONS request and decrements it. Other methods are passed on and
/// keep theirs. A value that is not one number is refused; one too large for 64 bits counts as the
/// largest.
pub fn max_forwards(head: &mut RequestHead) -> Result<MaxForwards, Reject> {
    if !matches!(head.method, Method::Trace | Method::Options) || !head.fields.has(Known::MaxForwards) {
        return Ok(MaxForwards::Forward);
    }
    let mut values = head.fields.get_all(Known::MaxForwards);
    let value = values.next().unwrap_or_default();
    if values.next().is_some() || value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        let detail = "Max-Forwards is not one decimal number (RFC 9110 §7.6.2)";
        return Err(Reject::new(Reason::MalformedRequest, detail));
    }
    match length::number(value).unwrap_or(u64::MAX) {
        0 => Ok(MaxForwards::Answer),
        left => {
            drop(values);
            head.fields.set(Known::MaxForwards, (left - 1).to_string().as_bytes());
            Ok(MaxForwards::Forward)
        }
    }
}
