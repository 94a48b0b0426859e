//! What a record keeps of a call's bodies, where a policy asks for it: what the client sent, what went to the target,
//! what came back, and what the client got; each at most so long, with the times at which it came.

use serde::{Deserialize, Serialize};

use crate::record::Label;

/// Arrivals that are kept of a body.
pub const ARRIVALS: usize = 512;

/// Which of a call's bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BodyPart {
    /// What the client sent.
    Request,
    /// What an attempt sent to its target, where that is another.
    Sent,
    /// What the target answered, where the client gets another.
    Received,
    /// What the client got.
    Answer,
}

/// A body, or its beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptBody {
    /// Which.
    pub part: BodyPart,
    /// The attempt's number; 0 for the client's.
    pub attempt: u8,
    /// The wire format that it is in, as providers' documents spell it; empty for the client's.
    pub format: Label,
    /// Its media type.
    pub media_type: Box<str>,
    /// Where it went: address and path without secrets; empty where the record says it already.
    pub to: Box<str>,
    /// Its whole length in bytes.
    pub total: u64,
    /// Its beginning.
    pub bytes: Vec<u8>,
    /// When how much of it was there: microseconds after the call's start, bytes.
    pub arrivals: Vec<(u32, u64)>,
}

// === impl BodyPart ===

impl BodyPart {
    /// Every part, in the order of time.
    pub const ALL: [Self; 4] = [Self::Request, Self::Sent, Self::Received, Self::Answer];

    /// As the admin API spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Sent => "sent",
            Self::Received => "received",
            Self::Answer => "answer",
        }
    }
}

// === impl KeptBody ===

impl KeptBody {
    /// Takes a piece, and the time at which it came; of what is kept at most `most` bytes.
    pub fn push(&mut self, piece: &[u8], at_us: u32, most: usize) {
        let room = most.saturating_sub(self.bytes.len());
        self.bytes.extend_from_slice(piece.get(..room).unwrap_or(piece));
        self.total += piece.len() as u64;
        if self.arrivals.len() < ARRIVALS {
            self.arrivals.push((at_us, self.total));
        }
    }

    /// Bytes that it takes in memory, about.
    pub fn weight(&self) -> usize {
        self.bytes.len() + self.arrivals.len() * 16 + self.media_type.len() + self.to.len() + 64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_is_kept_and_the_whole_is_counted() {
        let mut body = KeptBody {
            part: BodyPart::Answer,
            attempt: 0,
            format: "".into(),
            media_type: "text/plain".into(),
            to: "".into(),
            total: 0,
            bytes: Vec::new(),
            arrivals: Vec::new(),
        };
        body.push(b"abc", 10, 5);
        body.push(b"defg", 30, 5);
        body.push(b"h", 40, 5);
        assert_eq!((body.bytes.as_slice(), body.total), (&b"abcde"[..], 8));
        assert_eq!(body.arrivals, [(10, 3), (30, 7), (40, 8)]);
    }
}
